-- ARGV: the layout that this program knows. Gives the one that is there: the same, or another's, or '0' of a store from before there
-- was a number of it.
local layout = redis.call('GET', base .. ':layout')
if layout then return layout end
for _, key in ipairs({ 'replica', 'replicas', 'next', 'lanes' }) do
  if redis.call('EXISTS', base .. ':' .. key) == 1 then return '0' end
end
redis.call('SET', base .. ':layout', ARGV[1])
return ARGV[1]
