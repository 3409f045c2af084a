-- Gives lane, ready, delayed, leased and the oldest's time of each lane.
local depths = {}
for _, lane in ipairs(redis.call('SMEMBERS', base .. ':lanes')) do
  local due = redis.call('ZCOUNT', base .. ':delayed:' .. lane, '-inf', now)
  local oldest = redis.call('ZRANGE', base .. ':age:' .. lane, 0, 0, 'WITHSCORES')
  depths[#depths + 1] = {
    lane, redis.call('ZCARD', base .. ':ready:' .. lane) + due, redis.call('ZCARD', base .. ':delayed:' .. lane) - due,
    tonumber(redis.call('HGET', base .. ':out', lane) or 0), oldest[2] or 0,
  }
end
return depths
