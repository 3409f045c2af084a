-- ARGV: replica, then numbers, each with that of the call that releases it. Only what this replica has leased before that call.
-- Gives the lanes to wake.
local ids, calls = {}, {}
for at = 2, #ARGV, 2 do
  ids[#ids + 1] = ARGV[at]
  calls[#calls + 1] = tonumber(ARGV[at + 1])
end
give_back(ids, function(holder, at)
  local replica, call = string.match(holder, '^([^/]*)/(%d+)$')
  return replica == ARGV[1] and tonumber(call) < calls[at]
end)
return flush(ARGV[1])
