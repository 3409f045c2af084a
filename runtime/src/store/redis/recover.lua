-- ARGV: replica, holder. Gives back what a call has leased whose answer was lost.
local back = 0
for _, id in ipairs(redis.call('SMEMBERS', base .. ':leased:' .. ARGV[1])) do
  if redis.call('HGET', base .. ':i:' .. id, 'r') == ARGV[2] then
    give_back(id)
    back = back + 1
  end
end
wake()
return back
