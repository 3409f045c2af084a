-- ARGV: replica, number of this call, program, how many items are named, how many keys, of how many of those guards want them to be
-- there and of how many of the next that they are not; then the items, the keys, and the values that guards and writes have.
--
-- The program is octets, so that a batch costs few arguments: of each batch whether it takes room, and how many guards, writes and
-- values it has; then guards and writes, each a kind and the place of its item or key. Gives a mark a batch ('1' applied, '0' a guard
-- did not hold, 'F' the server is full), and the lanes to wake.
local argv, byte = ARGV, string.byte
local replica, holder, program = argv[1], argv[1] .. '/' .. argv[2], argv[3]
-- Behind these are the first item, key and value.
local ITEMS = 7
local KEYS_AT = ITEMS + tonumber(argv[4])
local values = KEYS_AT + tonumber(argv[5])

local before = fetch(base .. ':items', argv, ITEMS + 1, KEYS_AT)
local leases = fetch(base .. ':held', argv, ITEMS + 1, KEYS_AT)
-- What batch after batch leaves, by place: nothing where it is as it was before, false where there is none.
local value, by, set, added, lifetime, there = {}, {}, {}, {}, {}, {}
-- The most that a key holds: `Batch::MAX_VALUE`.
local MOST = 1048576

-- Whether keys are there: one call, if all are as is expected.
local function look(first, last, expected)
  local count = 0
  for from = first, last, SOME do
    count = count + redis.call('EXISTS', unpack(argv, KEYS_AT + from, KEYS_AT + math.min(from + SOME - 1, last)))
  end
  local is_so = count == (expected and last - first + 1 or 0)
  for n = first, last do
    if is_so then there[n] = expected else there[n] = redis.call('EXISTS', argv[KEYS_AT + n]) == 1 end
  end
end
local wanted = tonumber(argv[6])
look(1, wanted, true)
look(wanted + 1, wanted + tonumber(argv[7]), false)

-- Takes the value that a guard has.
local function holds(kind, place)
  if kind == 75 then return there[place] end -- K: the key is there
  if kind == 107 then return not there[place] end -- k: it is not
  local item = value[place]
  if item == nil then item = before[place] end
  if kind == 73 then return item end -- I: the item is there
  if kind == 105 then return not item end -- i: it is not
  local who = by[place]
  if who == nil then who = leases[place] end
  values = values + 1
  return item and not who and home_of(item) == argv[values] -- f: it is in this lane, and nobody has it
end

-- Whether what takes room is refused: asked by a write that takes some and changes nothing, before any that changes something, as the
-- server looks at its memory no more after that.
local full
local function is_full()
  if full == nil then
    local answer = redis.pcall('SETRANGE', base .. ':room', 0, '')
    full = type(answer) == 'table' and answer.err or false
    -- Another trouble is everybody's: this says it once more, and ends the call.
    if full and not string.find(full, 'OOM', 1, true) then redis.call('SETRANGE', base .. ':room', 0, '') end
  end
  return full
end

local marks, batches, at = {}, 0, 1
while at <= #program do
  local room, g1, g0, w1, w0, v1, v0 = byte(program, at, at + 6)
  local writes = at + 7 + 3 * (g1 * 256 + g0)
  local ending, behind, mark = writes + 3 * (w1 * 256 + w0), values + v1 * 256 + v0, '1'
  for n = at + 7, writes - 1, 3 do
    local kind, p1, p0 = byte(program, n, n + 2)
    if not holds(kind, p1 * 256 + p0) then
      mark = '0'
      break
    end
  end
  if room == 1 and mark == '1' and is_full() then mark = 'F' end
  if mark == '1' then
    for n = writes, ending - 1, 3 do
      local kind, p1, p0 = byte(program, n, n + 2)
      local place = p1 * 256 + p0
      if kind == 112 or kind == 108 then -- p, l: an item, that nobody has or this call
        values = values + 1
        value[place], by[place] = argv[values], kind == 108 and holder
      elseif kind == 114 then -- r: no item
        value[place], by[place] = false, false
      elseif kind == 100 then -- d: no key
        set[place], added[place], there[place] = false, nil, false
      elseif kind == 97 then -- a: more for a key, all of it for so long
        local more, held = argv[values + 1], set[place]
        if held == nil then added[place] = (added[place] or '') .. more
        elseif held and #held + #more <= MOST then set[place] = held .. more
        else set[place] = more end
        lifetime[place] = argv[values + 2]
        if lifetime[place] == '0' then set[place], added[place] = false, nil end
        there[place], values = lifetime[place] ~= '0', values + 2
      else -- s: a key, for so long
        set[place], added[place], lifetime[place] = argv[values + 1], nil, argv[values + 2]
        if lifetime[place] == '0' then set[place] = false end
        there[place], values = set[place] and true, values + 2
      end
    end
  end
  values, at, batches = behind, ending, batches + 1
  marks[batches] = mark
end

-- From what was to what is: each item once, wherever the batches have moved it in between.
for place = 1, KEYS_AT - ITEMS do
  local is, who = value[place], by[place]
  if is ~= nil then
    local id, was, had = argv[ITEMS + place], before[place], leases[place]
    local home = was and home_of(was)
    home = home and lane(home)
    if had then unhold(home or { out = 0 }, id, had) end
    local changes
    if is then
      local name, score = lane_of(is)
      changes = lane(name)
      kept[#kept + 1] = id
      kept[#kept + 1] = is
      if who then hold(changes, id, who) else wait(changes, id, score) end
      if home ~= changes then
        local come = changes.come
        come[#come + 1] = 0
        come[#come + 1] = id
      end
    elseif was then
      dropped[#dropped + 1] = id
    end
    if home and home ~= changes then home.gone[#home.gone + 1] = id end
    if home and not had and (home ~= changes or who) then home.off[#home.off + 1] = id end
  end
end

local deleted = {}
for place = 1, tonumber(argv[5]) do
  if set[place] == false then deleted[#deleted + 1] = argv[KEYS_AT + place] end
end
local woken = flush(replica, deleted)
for place, what in pairs(set) do
  if what then
    if lifetime[place] == '' then redis.call('SET', argv[KEYS_AT + place], what)
    else redis.call('SET', argv[KEYS_AT + place], what, 'PX', lifetime[place]) end
  end
end
for place, what in pairs(added) do
  local key = argv[KEYS_AT + place]
  if redis.call('STRLEN', key) + #what > MOST then redis.call('SET', key, what) else redis.call('APPEND', key, what) end
  if lifetime[place] == '' then redis.call('PERSIST', key) else redis.call('PEXPIRE', key, lifetime[place]) end
end
return { table.concat(marks), woken }
