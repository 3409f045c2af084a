-- ARGV: holder, number of guards, guards (kind, what), writes (kind, …).
local holder, at = ARGV[1], 3
for _ = 1, tonumber(ARGV[2]) do
  local kind, what = ARGV[at], ARGV[at + 1]
  at = at + 2
  local holds
  if kind == 'k+' then holds = redis.call('EXISTS', base .. ':k:' .. what) == 1
  elseif kind == 'k-' then holds = redis.call('EXISTS', base .. ':k:' .. what) == 0
  elseif kind == 'i+' then holds = redis.call('EXISTS', base .. ':i:' .. what) == 1
  elseif kind == 'i-' then holds = redis.call('EXISTS', base .. ':i:' .. what) == 0
  else
    holds = redis.call('EXISTS', base .. ':i:' .. what) == 1
      and redis.call('HEXISTS', base .. ':i:' .. what, 'r') == 0
  end
  if not holds then return 0 end
end
while ARGV[at] do
  local kind, what = ARGV[at], ARGV[at + 1]
  if kind == 'put' then
    local key, value, ttl = base .. ':k:' .. what, ARGV[at + 2], ARGV[at + 3]
    if ttl == '' then redis.call('SET', key, value)
    elseif ttl == '0' then redis.call('DEL', key)
    else redis.call('SET', key, value, 'PX', ttl) end
    at = at + 4
  elseif kind == 'append' then
    local key, value, ttl = base .. ':k:' .. what, ARGV[at + 2], ARGV[at + 4]
    if redis.call('STRLEN', key) + #value > tonumber(ARGV[at + 3]) then redis.call('SET', key, value)
    else redis.call('APPEND', key, value) end
    if ttl == '' then redis.call('PERSIST', key)
    elseif ttl == '0' then redis.call('DEL', key)
    else redis.call('PEXPIRE', key, ttl) end
    at = at + 5
  elseif kind == 'delete' then
    redis.call('DEL', base .. ':k:' .. what)
    at = at + 2
  elseif kind == 'remove' then
    remove(what)
    at = at + 2
  else
    local lane, priority, due, queued = ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5]
    remove(what)
    redis.call('HSET', base .. ':i:' .. what, 'l', lane, 'p', priority, 'd', due, 'q', queued,
      'a', ARGV[at + 6], 'b', ARGV[at + 7])
    redis.call('ZADD', base .. ':all:' .. lane, 0, what)
    redis.call('ZADD', base .. ':age:' .. lane, queued, what)
    redis.call('SADD', base .. ':lanes', lane)
    if kind == 'push' then line_up(what, lane, priority, due) else hold(what, lane, holder) end
    at = at + 8
  end
end
wake()
return 1
