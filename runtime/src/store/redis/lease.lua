-- ARGV: holder, lane, most. Gives when there is more (milliseconds, 0 for now, -1 for nothing), then number and fields of each.
local lane = ARGV[2]
promote(lane)
local leased = {0}
for at, member in ipairs(redis.call('ZPOPMIN', base .. ':ready:' .. lane, ARGV[3])) do
  if at % 2 == 1 then
    local id = string.sub(member, 2)
    leased[#leased + 1] = id
    leased[#leased + 1] = read(id)
    hold(id, lane, ARGV[1])
  end
end
if redis.call('EXISTS', base .. ':ready:' .. lane) == 0 then
  local first = redis.call('ZRANGE', base .. ':delayed:' .. lane, 0, 0, 'WITHSCORES')
  leased[1] = first[2] and math.max(0, first[2] - now) or -1
end
return leased
