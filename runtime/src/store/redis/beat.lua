-- ARGV: replica, milliseconds that it counts as alive, 0 when it leaves. Gives back what those have leased that are gone, some at a
-- time; says how many.
if ARGV[2] == '0' then
  redis.call('DEL', base .. ':alive:' .. ARGV[1])
else
  redis.call('SADD', base .. ':replicas', ARGV[1])
  redis.call('SET', base .. ':alive:' .. ARGV[1], 1, 'PX', ARGV[2])
end
local back = 0
for _, replica in ipairs(redis.call('SMEMBERS', base .. ':replicas')) do
  if redis.call('EXISTS', base .. ':alive:' .. replica) == 0 then
    local leased = base .. ':leased:' .. replica
    for _, id in ipairs(redis.call('SRANDMEMBER', leased, 1000)) do
      give_back(id)
      redis.call('SREM', leased, id)
      back = back + 1
    end
    if redis.call('EXISTS', leased) == 0 then redis.call('SREM', base .. ':replicas', replica) end
  end
end
wake()
return back
