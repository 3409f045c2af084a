-- KEYS[1] is the base, which holds the hash tag: every key begins with it, so all are in one slot. Numbers of items come as 20
-- digits: they are texts here, as a number of Lua holds no 64 bits, and texts of one length sort as the numbers do.
local base = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wakes = {}

-- Puts an item that nobody has where it is found. Among those that are ready, the highest priority sorts first.
local function line_up(id, lane, priority, due)
  if tonumber(due) <= now then
    redis.call('ZADD', base .. ':ready:' .. lane, 0, (3 - priority) .. id)
    wakes[lane] = wakes[lane] or '1'
  else
    redis.call('ZADD', base .. ':delayed:' .. lane, due, id)
    wakes[lane] = '*'
  end
end

-- Ends a lease, if there is one.
local function unlease(id, lane, holder)
  if not holder then return end
  redis.call('SREM', base .. ':leased:' .. string.match(holder, '^[^/]*'), id)
  redis.call('HINCRBY', base .. ':out', lane, -1)
end

-- The replica is written down with it: one that has said goodbye, with a call on its way, is found and what it has goes back.
local function hold(id, lane, holder)
  local replica = string.match(holder, '^[^/]*')
  redis.call('HSET', base .. ':i:' .. id, 'r', holder)
  redis.call('SADD', base .. ':leased:' .. replica, id)
  redis.call('SADD', base .. ':replicas', replica)
  redis.call('HINCRBY', base .. ':out', lane, 1)
end

local function remove(id)
  local item = base .. ':i:' .. id
  local had = redis.call('HMGET', item, 'l', 'p', 'r')
  local lane = had[1]
  if not lane then return end
  unlease(id, lane, had[3])
  redis.call('DEL', item)
  redis.call('ZREM', base .. ':ready:' .. lane, (3 - had[2]) .. id)
  redis.call('ZREM', base .. ':delayed:' .. lane, id)
  redis.call('ZREM', base .. ':age:' .. lane, id)
  if redis.call('ZREM', base .. ':all:' .. lane, id) == 1
    and redis.call('EXISTS', base .. ':all:' .. lane) == 0 then
    redis.call('SREM', base .. ':lanes', lane)
    redis.call('HDEL', base .. ':out', lane)
  end
end

-- Gives a leased item back.
local function give_back(id)
  local item = base .. ':i:' .. id
  local had = redis.call('HMGET', item, 'l', 'p', 'd', 'r')
  if not had[1] or not had[4] then return end
  unlease(id, had[1], had[4])
  redis.call('HDEL', item, 'r')
  line_up(id, had[1], had[2], had[3])
end

-- Moves what has become due, some at a time: a script keeps everybody else waiting.
local function promote(lane)
  local delayed = base .. ':delayed:' .. lane
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, 1000)) do
    redis.call('ZREM', delayed, id)
    redis.call('ZADD', base .. ':ready:' .. lane, 0, (3 - redis.call('HGET', base .. ':i:' .. id, 'p')) .. id)
  end
end

local function wake()
  for lane, who in pairs(wakes) do
    redis.call('PUBLISH', base .. ':wake', who .. lane)
  end
end

local function read(id)
  return redis.call('HMGET', base .. ':i:' .. id, 'l', 'p', 'd', 'q', 'a', 'b', 'r')
end
