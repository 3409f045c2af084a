-- ARGV: replica, number of this call, lane, most. Gives when there is more (milliseconds, 0 for now, -1 for nothing), the lanes to
-- wake, then number and packed value of each.
local holder, name = ARGV[1] .. '/' .. ARGV[2], ARGV[3]
local changes = lane(name)
check('ZCARD', changes.wait)

-- What has become due is ready, some at a time: a script keeps everybody else waiting.
local due = redis.call('ZRANGEBYSCORE', changes.wait, READY, '(' .. string.format('%.0f', SOON), 'WITHSCORES', 'LIMIT', 0, 1000)
if #due > 0 then
  local off, on = {}, {}
  for at = 1, #due, 2 do
    off[#off + 1] = due[at]
    on[#on + 1] = due[at + 1] % 4
    on[#on + 1] = due[at]
  end
  many('ZREM', changes.wait, off)
  many('ZADD', changes.wait, on)
end

local ids = redis.call('ZRANGEBYSCORE', changes.wait, '-inf', '(' .. READY, 'LIMIT', 0, ARGV[4])
local values, given = fetch(base .. ':items', ids), { 0, {} }
for at, id in ipairs(ids) do
  local value = values[at]
  changes.off[#changes.off + 1] = id
  local home = value and lane_of(value)
  if value and (not home or home == name) then
    given[#given + 1] = id
    given[#given + 1] = value
    hold(changes, id, holder)
  else
    -- Its value was taken away, or says another lane: it is not here any more.
    changes.gone[#changes.gone + 1] = id
  end
end
if #ids > 0 then given[2] = flush(ARGV[1]) end
local first = redis.call('ZRANGE', changes.wait, 0, 0, 'WITHSCORES')[2]
if not first then given[1] = -1
elseif tonumber(first) >= READY then given[1] = math.max(0, math.floor(first / 4) - now) end
return given
