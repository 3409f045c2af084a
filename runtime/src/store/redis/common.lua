-- KEYS[1] is the base, which holds the hash tag: every key begins with it, so all are in one slot. Numbers of items come as 20
-- digits: they are texts here, as a number of Lua holds no 64 bits, and texts of one length sort as the numbers do.
--
-- A script gathers what it changes and writes it at its end, one call for all of a kind: what costs is the number of calls.
local base = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- Scores below are of items that are ready: 3 less the priority, so that the urgent come first, and of one priority those of the
-- lowest number. Scores of delayed ones hold when they are due, four times that, and the same rank.
local READY, SOON = 4, (now + 1) * 4
-- Arguments of one call: Lua has room for 8,000.
local SOME = 2000

local lanes = {}
local dropped, kept, unheld, held, unleased, leased = {}, {}, {}, {}, {}, {}

local function many(command, key, list)
  if #list == 0 then return end
  if #list <= SOME then return redis.call(command, key, unpack(list)) end
  for from = 1, #list, SOME do
    redis.call(command, key, unpack(list, from, math.min(from + SOME - 1, #list)))
  end
end

-- Ends the call, before it has written anything: a key is of another kind than it must be.
local function damaged(key)
  error('DAMAGED ' .. #key .. ' ' .. key, 0)
end

local function check(command, key)
  local answer = redis.pcall(command, key)
  if type(answer) == 'table' and answer.err then damaged(key) end
end

-- The values of many fields, those of a list or of a part of it, in their order.
local function fetch(key, list, first, last)
  first, last = first or 1, last or #list
  local values = {}
  for from = first, last, SOME do
    local some = redis.pcall('HMGET', key, unpack(list, from, math.min(from + SOME - 1, last)))
    if some.err then damaged(key) end
    if last - first < SOME then return some end
    for at = 1, #some do values[from - first + at] = some[at] end
  end
  return values
end

-- Lane and score of a packed item; nothing for one that is damaged.
local function lane_of(value)
  local length = string.byte(value, 17)
  local score = tonumber(string.sub(value, 1, 16))
  if not length or not score or #value < 29 + length then return end
  if score < SOON then score = score % 4 end
  return string.sub(value, 18, 17 + length), score
end

local function home_of(value)
  local length = string.byte(value, 17)
  if length and #value >= 29 + length and tonumber(string.sub(value, 1, 16)) then
    return string.sub(value, 18, 17 + length)
  end
end

-- What changes in a lane.
local function lane(name)
  local changes = lanes[name]
  if not changes then
    changes = { wait = base .. ':wait:' .. name, all = base .. ':all:' .. name,
      off = {}, gone = {}, on = {}, come = {}, out = 0 }
    lanes[name] = changes
  end
  return changes
end

local function wait(changes, id, score)
  local on = changes.on
  on[#on + 1] = score
  on[#on + 1] = id
  if score < READY then changes.ready = true
  elseif not changes.due or score < changes.due then changes.due = score end
end

local function hold(changes, id, holder)
  held[#held + 1] = id
  held[#held + 1] = holder
  leased[#leased + 1] = id
  changes.out = changes.out + 1
end

local function unhold(changes, id, holder)
  unheld[#unheld + 1] = id
  local replica = string.match(holder, '^[^/]*')
  local of = unleased[replica]
  if not of then
    of = {}
    unleased[replica] = of
  end
  of[#of + 1] = id
  changes.out = changes.out - 1
end

-- Gives leased items back: those of them that `is_ours` says.
local function give_back(ids, is_ours)
  local holders, values, seen = fetch(base .. ':held', ids), fetch(base .. ':items', ids), {}
  for at, id in ipairs(ids) do
    local holder, value = holders[at], values[at]
    if holder and value and not seen[id] and is_ours(holder, at) then
      local name, score = lane_of(value)
      if name then
        seen[id] = true
        local changes = lane(name)
        unhold(changes, id, holder)
        wait(changes, id, score)
      end
    end
  end
end

-- Looks at all that `flush` will write to: what fails half way is half done.
local function check_kinds(replica)
  for _, changes in pairs(lanes) do
    check('ZCARD', changes.wait)
    check('ZCARD', changes.all)
  end
  for of in pairs(unleased) do check('SCARD', base .. ':leased:' .. of) end
  if #leased > 0 then check('SCARD', base .. ':leased:' .. replica) end
  check('HLEN', base .. ':items')
  check('HLEN', base .. ':held')
  check('HLEN', base .. ':out')
  check('SCARD', base .. ':lanes')
  check('SCARD', base .. ':replicas')
end

-- Writes what has changed, and deletes keys. First what is taken away: a full server allows that, and then the rest of the same step. Gives the lanes
-- that somebody may wait for: '1' before the name wakes one, '*' all.
local function flush(replica, deleted)
  check_kinds(replica)
  for from = 1, deleted and #deleted or 0, SOME do
    redis.call('DEL', unpack(deleted, from, math.min(from + SOME - 1, #deleted)))
  end
  many('HDEL', base .. ':items', dropped)
  many('HDEL', base .. ':held', unheld)
  for of, ids in pairs(unleased) do many('SREM', base .. ':leased:' .. of, ids) end
  for _, changes in pairs(lanes) do
    many('ZREM', changes.wait, changes.off)
    many('ZREM', changes.all, changes.gone)
  end
  many('HSET', base .. ':items', kept)
  if #leased > 0 then
    many('HSET', base .. ':held', held)
    many('SADD', base .. ':leased:' .. replica, leased)
    -- One that has said goodbye, with a call on its way, is found, and what it has goes back.
    redis.call('SADD', base .. ':replicas', replica)
  end
  local woken = {}
  for name, changes in pairs(lanes) do
    local who = changes.ready and '1'
    if changes.due then
      local first = redis.call('ZRANGEBYSCORE', changes.wait, READY, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
      if not first or changes.due < tonumber(first) then who = '*' end
    end
    if who then woken[#woken + 1] = who .. name end
    many('ZADD', changes.wait, changes.on)
    many('ZADD', changes.all, changes.come)
    if changes.out ~= 0 then redis.call('HINCRBY', base .. ':out', name, changes.out) end
    if #changes.come > 0 then redis.call('SADD', base .. ':lanes', name)
    elseif #changes.gone > 0 and redis.call('EXISTS', changes.all) == 0 then
      redis.call('SREM', base .. ':lanes', name)
      redis.call('HDEL', base .. ':out', name)
    end
  end
  -- Whoever calls wakes its own.
  if #woken > 0 and redis.call('SCARD', base .. ':replicas') > 1 then
    for _, who in ipairs(woken) do redis.call('PUBLISH', base .. ':wake', replica .. ' ' .. who) end
  end
  return woken
end
