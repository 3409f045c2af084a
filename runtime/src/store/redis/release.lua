-- ARGV: replica, then numbers. Only what this replica has.
for at = 2, #ARGV do
  local holder = redis.call('HGET', base .. ':i:' .. ARGV[at], 'r')
  if holder and string.match(holder, '^[^/]*') == ARGV[1] then give_back(ARGV[at]) end
end
wake()
return 1
