// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/state.hpp>

#include <string_view>

// What a Redis does with a round: a script, which it runs whole.
//
// It is given these keys, all in one slot:
//   1 nodes       sorted set: node, until when it counts as alive
//   2 head        text: "memory latest", the memory's number and that of the latest change in it
//   3 changed     sorted set: name, number of its latest change
//   4 states      hash: name, "epoch state by_command until reopens"
//   5 generation  number: of the latest pool
//   6 n:NODE      hash: round (the latest one heard), c:NAME (the latest command done), p:NAME (what
//                 it adds to the pool, behind the pool's generation), v:NAME (it votes), l:NAME (it
//                 has led)
// and for each statement two:
//     b:NAME      hash: lh and lu (who leads, and until when); the pool: its generation g, its n
//                 nodes, total, failures, duration, s:THRESHOLD
//     v:NAME      set: nodes that vote
// Of nodes that are dead it also takes n:NODE, b:NAME and v:NAME. Times are milliseconds of the
// server's clock; -1 is never.
//
// A call of the server's from a script takes some three times as long as a command of its own. So a
// node that has nothing to say reads the head alone, and a round that is but a sign of life does what
// stands before the functions, and nothing else.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

static_assert(static_cast<int>(State::closed) == 0 && static_cast<int>(State::open) == 1,
              "the script knows these two by their numbers");

// It writes little, and frees more than it takes: so it says that it may run where memory is short.
inline constexpr std::string_view round_script = R"lua(#!lua flags=allow-oom
local call = redis.call
local time = call('TIME')
local us = time[1] * 1000000 + time[2]
local now = math.floor(us / 1000)
local nodes, head, changed, states, me = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[6]
local node, alive, number, known_memory, heard = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local leaves, count, keep = ARGV[6] == '1', tonumber(ARGV[7]), ARGV[8]
local before = call('ZSCORE', nodes, node)
local was_gone = (not before or tonumber(before) < now) and 1 or 0
local dead = call('ZRANGEBYSCORE', nodes, '-inf', '(' .. now, 'LIMIT', 0, 16)
local memory, latest
local said_head = call('GET', head)
if said_head then
  memory, latest = said_head:match('^(%d+) (%d+)$')
  if not memory then return redis.error_reply('ERR ' .. head .. ' is none of a fleet') end
  latest = tonumber(latest)
end
call('ZADD', nodes, now + alive, node)
if #dead == 0 and count == 0 and not leaves and memory == known_memory and latest == tonumber(heard) and
    number % 64 ~= 0 then
  return {call('ZCARD', nodes), was_gone, memory, latest, 0, {}, {}}
end

local function text(value) return string.format('%.0f', value) end
local function numbers(of)
  local all = {}
  for word in of:gmatch('%S+') do all[#all + 1] = tonumber(word) end
  return all
end
local function fields(key)
  local all, found = call('HGETALL', key), {}
  for i = 1, #all, 2 do found[all[i]] = all[i + 1] end
  return found
end
local function set_head() call('SET', head, memory .. ' ' .. text(latest)) end

if not memory then
  memory, latest = text(us), 0
  set_head()
end
local base = me:sub(1, #me - #node - 2)

-- What a node said of its calls begins with the generation of the pool to which it was added.
local function adds_to(pool, said)
  local all = said and numbers(said)
  return all and text(all[1]) == pool.g and all or nil
end
local function add(b, pool, old, new)
  local by = {}
  local function take(said, sign)
    for i, field in ipairs({'total', 'failures', 'duration'}) do by[field] = (by[field] or 0) + sign * said[i + 1] end
    for i = 5, #said, 2 do
      local field = 's:' .. text(said[i])
      by[field] = (by[field] or 0) + sign * said[i + 1]
    end
  end
  if old then take(old, -1) end
  if new then take(new, 1) end
  by.n = (new and 1 or 0) - (old and 1 or 0)
  for field, more in pairs(by) do
    if more ~= 0 then pool[field] = call('HINCRBY', b, field, text(more)) end
  end
end
local function forget_calls(of, name, b, pool)
  local old = adds_to(pool, call('HGET', of, 'p:' .. name))
  call('HDEL', of, 'p:' .. name, 'v:' .. name)
  if old then add(b, pool, old, nil) end
end
local function forget_lead(b, who)
  if call('HGET', b, 'lh') == who then call('HDEL', b, 'lh', 'lu') end
end
local function forget(who)
  local its = base .. 'n:' .. who
  for field in pairs(fields(its)) do
    local kind, name = field:sub(1, 2), field:sub(3)
    if kind == 'p:' then
      local b = base .. 'b:' .. name
      pcall(function() forget_calls(its, name, b, fields(b)) end)
    elseif kind == 'v:' then
      pcall(call, 'SREM', base .. 'v:' .. name, who)
    elseif kind == 'l:' then
      pcall(forget_lead, base .. 'b:' .. name, who)
      call('HDEL', its, field)
    end
  end
end
for i = 1, #dead do
  if dead[i] ~= node then
    pcall(forget, dead[i])
    call('PEXPIRE', base .. 'n:' .. dead[i], 600000)
    call('ZREM', nodes, dead[i])
  end
end

local function state_of(said)
  if not said then return {0, 0, 0, -1, 0} end
  local state = numbers(said)
  if #state ~= 5 then error('its state is none of a circuit') end
  return state
end
local function left(state)
  if state[4] < 0 then return -1 end
  return math.max(0, state[4] - now)
end

local function one(i, is_late)
  local at = 8 + (i - 1) * 15
  local function arg(place) return ARGV[at + place] end
  local function num(place) return tonumber(ARGV[at + place]) end
  local name, b, v = arg(1), KEYS[5 + 2 * i], KEYS[6 + 2 * i]
  local state, pool = state_of(call('HGET', states, name)), fields(b)
  if pool.lu and tonumber(pool.lu) <= now then
    call('HDEL', b, 'lh', 'lu')
    pool.lh = nil
  end
  local known, op = num(2), arg(7)
  local done, command, is_full = 0, 0, 0

  local function change(epoch, to, by, time_left, reopens)
    call('SCARD', v)  -- where it is another one's, nothing has been written yet
    state = {epoch, to, by, time_left < 0 and -1 or now + time_left, reopens}
    call('HSET', states, name, text(epoch) .. ' ' .. to .. ' ' .. by .. ' ' .. text(state[4]) .. ' ' .. text(reopens))
    call('DEL', b, v)
    pool = {}
    latest = latest + 1
    set_head()
    call('ZADD', changed, latest, name)
    if call('ZCARD', changed) > 65536 then call('HDEL', states, call('ZPOPMIN', changed)[1]) end
  end
  local function next_epoch() return math.max(state[1] + 1, known + 1, us) end

  if op == 'c' then command = tonumber(call('HGET', me, 'c:' .. name) or '0') end
  if is_late then
    -- Its sender has said more since.
  elseif op == 'l' then
    forget_calls(me, name, b, pool)
    call('SREM', v, node)
    call('HDEL', me, 'c:' .. name)
    if pool.lh == node then
      call('HDEL', b, 'lh', 'lu')
      pool.lh = nil
    end
  else
    if known > state[1] then change(known, num(3), num(4), num(5), num(6)) end
    local is_free = not pool.lh or pool.lh == node
    if (op == 'c' and num(11) > command) or (op == 't' and known == state[1] and is_free) then
      change(next_epoch(), num(8), op == 'c' and 1 or 0, num(9), num(10))
      done = 1
      if op == 'c' then
        command = num(11)
        call('HSET', me, 'c:' .. name, arg(11))
      end
    elseif known == state[1] then
      if num(12) > 0 and is_free then
        if pool.lh ~= node then call('HSET', me, 'l:' .. name, 1) end
        pool.lh = node
        call('HSET', b, 'lh', node, 'lu', text(now + num(12)))
      end
      if arg(15) ~= '' then
        if not pool.g then
          pool.g = text(call('INCR', KEYS[5]))
          call('HSET', b, 'g', pool.g)
          call('PEXPIRE', b, keep)
        end
        local old = adds_to(pool, call('HGET', me, 'p:' .. name))
        if not old and tonumber(pool.n or '0') >= 256 then
          is_full = 1
        else
          local new = pool.g .. ' ' .. arg(15)
          add(b, pool, old, numbers(new))
          call('HSET', me, 'p:' .. name, new)
        end
      end
      if number % 64 == 0 then call('PEXPIRE', b, keep) end
      local quorum = num(13)
      if quorum == 0 then
        call('SREM', v, node)
        call('HDEL', me, 'v:' .. name)
      elseif quorum > 0 then
        call('SADD', v, node)
        call('HSET', me, 'v:' .. name, 1)
        call('PEXPIRE', v, keep)
        local is_closed = state[2] == 0 or (state[2] == 1 and state[3] == 1 and left(state) == 0)
        if is_closed and call('SCARD', v) >= quorum then
          local live = 0
          for _, voter in ipairs(call('SMEMBERS', v)) do
            local score = call('ZSCORE', nodes, voter)
            if score and tonumber(score) >= now then live = live + 1 end
          end
          if live >= quorum then change(next_epoch(), 1, 0, num(14), 0) end
        end
      end
    end
  end
  local reply = {state[1], state[2], state[3], left(state), state[5], done, pool.lh == node and 1 or 0, command,
    is_full, tonumber(pool.total or '0'), tonumber(pool.failures or '0'), tonumber(pool.duration or '0')}
  for field, value in pairs(pool) do
    if field:sub(1, 2) == 's:' then
      reply[#reply + 1] = tonumber(field:sub(3))
      reply[#reply + 1] = tonumber(value)
    end
  end
  return reply
end

local replies = {}
if count > 0 then
  -- Each of another type is found here, before anything is written.
  call('ZCARD', changed)
  call('HLEN', states)
  local is_late = number <= tonumber(call('HGET', me, 'round') or '0')
  if not is_late then call('HSET', me, 'round', ARGV[3]) end
  call('PEXPIRE', me, keep)
  for i = 1, count do
    local is_done, reply = pcall(one, i, is_late)
    replies[i] = is_done and reply or (type(reply) == 'table' and reply.err or tostring(reply))
  end
end

local said, has_more, heard_now = {}, 0, latest
if heard ~= '-' then
  local from = tonumber(heard)
  if memory ~= known_memory or from > latest then from = 0 end
  local found = call('ZRANGEBYSCORE', changed, '(' .. text(from), '+inf', 'WITHSCORES', 'LIMIT', 0, 1000)
  if #found == 2000 then
    heard_now = tonumber(found[2000])
    has_more = heard_now < latest and 1 or 0
  end
  local names = {}
  for i = 1, #found, 2 do names[#names + 1] = found[i] end
  local all = #names > 0 and call('HMGET', states, unpack(names)) or {}
  for i = 1, #names do
    local is_read, state = pcall(state_of, all[i])
    if is_read and state[1] > 0 then
      said[#said + 1] = {names[i], state[1], state[2], state[3], left(state), state[5]}
    end
  end
end
if leaves then
  forget(node)
  call('DEL', me)
  call('ZREM', nodes, node)
end
if number % 64 == 0 then
  for i = 1, 6 do call('PEXPIRE', KEYS[i], keep) end
end
return {call('ZCARD', nodes), was_gone, memory, heard_now, has_more, replies, said}
)lua";

}  // namespace fluxgate::inline v0_1::detail
