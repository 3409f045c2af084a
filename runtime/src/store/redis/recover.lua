-- ARGV: replica, number of a call. Gives back what the call has leased, as its answer was lost. Gives the lanes to wake.
local holder = ARGV[1] .. '/' .. ARGV[2]
give_back(redis.call('SMEMBERS', base .. ':leased:' .. ARGV[1]), function(by) return by == holder end)
return flush(ARGV[1])
