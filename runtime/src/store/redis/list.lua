-- ARGV: lane, the number to begin above or '', most. Gives number and fields of each.
local from = ARGV[2] == '' and '-' or '(' .. ARGV[2]
local listed = {0}
for _, id in ipairs(redis.call('ZRANGEBYLEX', base .. ':all:' .. ARGV[1], from, '+', 'LIMIT', 0, ARGV[3])) do
  listed[#listed + 1] = id
  listed[#listed + 1] = read(id)
end
return listed
