-- ARGV: lane, the number to begin above or '', most. Gives number and packed value of each.
local from = ARGV[2] == '' and '-' or '(' .. ARGV[2]
check('ZCARD', base .. ':all:' .. ARGV[1])
local ids = redis.call('ZRANGEBYLEX', base .. ':all:' .. ARGV[1], from, '+', 'LIMIT', 0, ARGV[3])
local listed = {}
for at, value in ipairs(fetch(base .. ':items', ids)) do
  if value then
    listed[#listed + 1] = ids[at]
    listed[#listed + 1] = value
  end
end
return listed
