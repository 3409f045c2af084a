-- ARGV: replica, milliseconds that it counts as alive, 0 when it leaves. Gives back what those have leased that are gone, some at a
-- time. Gives how many, and the lanes to wake.
--
-- A full server refuses what takes room, but not behind a write that takes none: the living stay alive there.
redis.call('DEL', base .. ':room')
if ARGV[2] == '0' then
  redis.call('DEL', base .. ':alive:' .. ARGV[1])
else
  redis.call('SADD', base .. ':replicas', ARGV[1])
  redis.call('SET', base .. ':alive:' .. ARGV[1], 1, 'PX', ARGV[2])
end
local back = 0
for _, replica in ipairs(redis.call('SMEMBERS', base .. ':replicas')) do
  if redis.call('EXISTS', base .. ':alive:' .. replica) == 0 then
    local of = base .. ':leased:' .. replica
    check('SCARD', of)
    local ids = redis.call('SRANDMEMBER', of, 1000)
    give_back(ids, function(holder) return string.match(holder, '^[^/]*') == replica end)
    -- Those as well that are not held, or damaged: they are looked at once.
    many('SREM', of, ids)
    back = back + #ids
    if redis.call('EXISTS', of) == 0 then redis.call('SREM', base .. ':replicas', replica) end
  end
end
return { back, flush(ARGV[1]) }
