-- Gives lane, ready, delayed, leased of each lane, and the packed values of those of its lowest numbers: one of them is the oldest.
local depths = {}
for _, name in ipairs(redis.call('SMEMBERS', base .. ':lanes')) do
  local changes = lane(name)
  check('ZCARD', changes.wait)
  check('ZCARD', changes.all)
  local ready = redis.call('ZCOUNT', changes.wait, '-inf', '(' .. string.format('%.0f', SOON))
  local first = fetch(base .. ':items', redis.call('ZRANGE', changes.all, 0, 9))
  local heads = {}
  for _, value in ipairs(first) do
    if value then heads[#heads + 1] = string.sub(value, 1, 300) end
  end
  depths[#depths + 1] = {
    name, ready, redis.call('ZCARD', changes.wait) - ready,
    tonumber(redis.call('HGET', base .. ':out', name) or 0), heads,
  }
end
return depths
