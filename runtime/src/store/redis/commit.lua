-- ARGV: replica, number of this call; then three lists, each behind its length: the items that are named, the keys that guards want
-- there, and those that they want not to be there; then batches: whether it takes room, its number of arguments, and those:
-- guards, '|', writes. Gives a mark each ('1' applied, '0' a guard did not hold, 'F' the server is full), and the lanes to wake.
local replica, holder, at = ARGV[1], ARGV[1] .. '/' .. ARGV[2], 3

local function list()
  local from, listed = at + 1, {}
  at = from + tonumber(ARGV[at])
  for n = from, at - 1 do listed[#listed + 1] = ARGV[n] end
  return listed
end

local ids, is = list(), {}
local before, leases = fetch(base .. ':items', ids), fetch(base .. ':held', ids)
-- What is known of items (the packed value, and who holds it) and of keys ({value, lifetime}), as batch after batch leaves it.
local value, by, changed, there, set = {}, {}, {}, {}, {}
for n, id in ipairs(ids) do
  value[id], by[id] = before[n], leases[n]
end

-- Whether keys are there, by one call if all are as is expected.
local function look(keys, expected)
  if #keys == 0 then return end
  local count = 0
  for from = 1, #keys, SOME do
    count = count + redis.call('EXISTS', unpack(keys, from, math.min(from + SOME - 1, #keys)))
  end
  local all = expected and #keys or 0
  for _, key in ipairs(keys) do
    there[key] = expected
    if count ~= all then there[key] = redis.call('EXISTS', key) == 1 end
  end
end
look(list(), true)
look(list(), false)

-- The words of a guard. `at` is behind its kind.
local guards = {
  K = function(key) return there[key] end,
  k = function(key) return not there[key] end,
  I = function(id) return value[id] end,
  i = function(id) return not value[id] end,
  f = function(id) return value[id] and not by[id] end,
}

local function put(key, what, lifetime)
  if lifetime == '0' then what = false end
  set[key] = { what, lifetime }
  there[key] = what and true
end

-- Each applies a write whose first argument is at `n`, and gives where the next begins.
local writes = {
  s = function(n) put(ARGV[n], ARGV[n + 1], ARGV[n + 2]) return n + 3 end,
  d = function(n) put(ARGV[n], false) return n + 1 end,
  r = function(n)
    local id = ARGV[n]
    value[id], by[id], changed[id] = false, false, true
    return n + 1
  end,
  p = function(n)
    local id = ARGV[n]
    value[id], by[id], changed[id] = ARGV[n + 1], false, true
    return n + 2
  end,
  l = function(n)
    local id = ARGV[n]
    value[id], by[id], changed[id] = ARGV[n + 1], holder, true
    return n + 2
  end,
}

local full, marks = nil, {}
-- Whether what takes room is refused: asked by a write that takes some and changes nothing, before any that changes something, as the
-- server looks at its memory no more after that.
local function is_full()
  if full == nil then
    local answer = redis.pcall('SETRANGE', base .. ':room', 0, '')
    full = type(answer) == 'table' and answer.err or false
  end
  return full
end

while ARGV[at] do
  local room, n, mark = ARGV[at], at + 2, '1'
  at = n + tonumber(ARGV[at + 1])
  while ARGV[n] ~= '|' do
    if not guards[ARGV[n]](ARGV[n + 1]) then
      mark = '0'
      break
    end
    n = n + 2
  end
  if mark == '1' and room == '1' and is_full() then
    if not string.find(full, 'OOM', 1, true) then return redis.error_reply(full) end
    mark = 'F'
  end
  if mark == '1' then
    n = n + 1
    while n < at do n = writes[ARGV[n]](n + 1) end
  end
  marks[#marks + 1] = mark
end

-- From what was to what is: each item once, wherever the batches have moved it in between.
for n, id in ipairs(ids) do
  if changed[id] then
    changed[id] = nil
    local was, now_is, name, score, home = before[n], value[id], nil, nil, nil
    if was then
      home = lane_of(was)
      if home then home = lane(home) end
    end
    if leases[n] then unhold(home or { out = 0 }, id, leases[n]) end
    if now_is then
      name, score = lane_of(now_is)
      local changes = lane(name)
      kept[#kept + 1] = id
      kept[#kept + 1] = now_is
      if by[id] then
        hold(changes, id, by[id])
        if home and not leases[n] then home.off[#home.off + 1] = id end
      else
        wait(changes, id, score)
        if home and home ~= changes and not leases[n] then home.off[#home.off + 1] = id end
      end
      if home ~= changes then
        changes.come[#changes.come + 1] = 0
        changes.come[#changes.come + 1] = id
        if home then home.gone[#home.gone + 1] = id end
      end
    elseif was then
      dropped[#dropped + 1] = id
      if home then
        if not leases[n] then home.off[#home.off + 1] = id end
        home.gone[#home.gone + 1] = id
      end
    end
  end
end

check_kinds(replica)
local deleted = {}
for name, what in pairs(set) do
  if not what[1] then deleted[#deleted + 1] = name end
end
for from = 1, #deleted, SOME do
  redis.call('DEL', unpack(deleted, from, math.min(from + SOME - 1, #deleted)))
end
local woken = flush(replica)
for name, what in pairs(set) do
  if not what[1] then
  elseif what[2] == '' then redis.call('SET', name, what[1])
  else redis.call('SET', name, what[1], 'PX', what[2]) end
end
return { table.concat(marks), woken }
