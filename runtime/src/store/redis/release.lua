-- ARGV: replica, then numbers, each with that of the call that releases it. Only what this replica has leased before that call.
for at = 2, #ARGV, 2 do
  local holder = redis.call('HGET', base .. ':i:' .. ARGV[at], 'r')
  local replica, call = string.match(holder or '', '^([^/]*)/(%d+)$')
  if replica == ARGV[1] and tonumber(call) < tonumber(ARGV[at + 1]) then give_back(ARGV[at]) end
end
wake()
return 1
