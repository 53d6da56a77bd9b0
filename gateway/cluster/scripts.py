"""What Redis does for the session store in one step each, as Lua; docs/scaling.md has the keys.

Each may be carried out twice with the same effect as once (`gateway.cluster.shared`). All keys of a
script begin with ``gw:{user}:``, its first argument: a cluster keeps them in one place.

A script that is told a fence compares it: a higher one in the store is another owner's, and nothing
is done; a lower one is of a copy that is no longer true, and as good as none.
"""

from __future__ import annotations

from typing import Final

from gateway.cluster.shared import Script

DONE: Final = 1
FORGOTTEN: Final = 0
"""There is no such session, or it lacks steps."""
FENCED: Final = -1
MOST_OF_A_USER: Final = 4
"""Parked sessions of one user, as in `gateway.memory_store`."""

_COMMON: Final = """
local prefix, id = ARGV[1], ARGV[2]
local function key_of(session) return prefix .. 's:' .. session end
local function steps_of(session) return prefix .. 's:' .. session .. ':steps' end
local function now_us()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
local function renew(session, tokens, ttl)
  redis.call('PEXPIRE', key_of(session), ttl)
  redis.call('PEXPIRE', steps_of(session), ttl)
  for token in string.gmatch(tokens, '%S+') do
    redis.call('SET', prefix .. 't:' .. token, session, 'PX', ttl)
  end
end
local function revoke(tokens, but)
  for token in string.gmatch(tokens or '', '%S+') do
    if not string.find(but, token, 1, true) then
      redis.call('DEL', prefix .. 't:' .. token)
    end
  end
end
local function forget(session)
  revoke(redis.call('HGET', key_of(session), 'tokens'), '')
  redis.call('DEL', key_of(session), steps_of(session))
  redis.call('ZREM', prefix .. 'parked', session)
end
local function note_parked(session, ttl)
  local parked, now = prefix .. 'parked', now_us()
  redis.call('ZREMRANGEBYSCORE', parked, '-inf', string.format('%.0f', now))
  redis.call('ZADD', parked, string.format('%.0f', now + ttl * 1000), session)
  local beyond = redis.call('ZCARD', parked) - MOST_OF_A_USER
  if beyond > 0 then
    for _, oldest in ipairs(redis.call('ZRANGE', parked, 0, beyond - 1)) do forget(oldest) end
  end
  if redis.call('PTTL', parked) < ttl then redis.call('PEXPIRE', parked, ttl) end
end
""".replace("MOST_OF_A_USER", str(MOST_OF_A_USER))

PUT: Final = Script(
    "put",
    _COMMON
    + """
-- Keep a session whole, owned by an instance, or parked where the owner is empty.
local fence, owner, ttl = tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local tokens, session, products, audio_ms = ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local day, day_ttl = prefix .. 'day:' .. ARGV[10], ARGV[11]
local held = redis.call('HMGET', key_of(id), 'fence', 'tokens', 'products', 'audio_ms')
if held[1] and tonumber(held[1]) > fence then return -1 end
products = math.max(products, held[3] or 0)
audio_ms = math.max(audio_ms, held[4] or 0)
-- First, for a Redis that is full refuses this; it refuses nothing after another write.
redis.call('HSET', key_of(id), 'fence', ARGV[3], 'owner', owner, 'tokens', tokens,
  'session', session, 'products', products, 'audio_ms', audio_ms)
redis.call('DEL', steps_of(id))
revoke(held[2], tokens)
renew(id, tokens, ttl)
if owner == '' then note_parked(id, ttl) else redis.call('ZREM', prefix .. 'parked', id) end
local more_products = products - (held[3] or 0)
local more_audio_ms = audio_ms - (held[4] or 0)
if not held[1] then redis.call('HINCRBY', day, 'sessions', 1) end
if more_products > 0 then redis.call('HINCRBY', day, 'products', more_products) end
if more_audio_ms > 0 then redis.call('HINCRBY', day, 'audio_ms', more_audio_ms) end
redis.call('PEXPIRE', day, day_ttl)
return 1
""",
)
"""``prefix, id, fence, owner, ttl_ms, tokens, session, products, audio_ms, day, day_ttl_ms``"""

APPEND: Final = Script(
    "append",
    _COMMON
    + """
-- Add a step, if so many are there already.
local fence, expected, step, ttl = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6])
local stored = tonumber(redis.call('HGET', key_of(id), 'fence') or 0)
if stored > fence then return -1 end
if stored < fence then return 0 end
local count = redis.call('LLEN', steps_of(id))
if count == expected + 1 and redis.call('LINDEX', steps_of(id), -1) == step then return 1 end
if count ~= expected then return 0 end
redis.call('RPUSH', steps_of(id), step)
if expected == 0 then redis.call('PEXPIRE', steps_of(id), ttl) end
if redis.call('PTTL', key_of(id)) < ttl / 2 then
  renew(id, redis.call('HGET', key_of(id), 'tokens'), ttl)
end
return 1
""",
)
"""``prefix, id, fence, steps, step, ttl_ms``"""

PARK: Final = Script(
    "park",
    _COMMON
    + """
-- Leave a session without an owner, as it was kept last.
local fence, ttl = tonumber(ARGV[3]), tonumber(ARGV[4])
local held = redis.call('HMGET', key_of(id), 'fence', 'tokens')
local stored = tonumber(held[1] or 0)
if stored > fence then return -1 end
if stored < fence then return 0 end
redis.call('HSET', key_of(id), 'owner', '')
renew(id, held[2], ttl)
note_parked(id, ttl)
return 1
""",
)
"""``prefix, id, fence, ttl_ms``"""

SETTLE: Final = Script(
    "settle",
    _COMMON
    + """
-- Let only one token resume a session.
local fence, token = tonumber(ARGV[3]), ARGV[4]
local held = redis.call('HMGET', key_of(id), 'fence', 'tokens')
local stored = tonumber(held[1] or 0)
if stored > fence then return -1 end
if stored < fence then return 0 end
revoke(held[2], token)
redis.call('HSET', key_of(id), 'tokens', token)
return 1
""",
)
"""``prefix, id, fence, token``"""

DROP: Final = Script(
    "drop",
    _COMMON
    + """
-- Keep a session no more.
if tonumber(redis.call('HGET', key_of(id), 'fence') or 0) > tonumber(ARGV[3]) then return -1 end
forget(id)
return 1
""",
)
"""``prefix, id, fence``"""

RESUME: Final = Script(
    "resume",
    _COMMON
    + """
-- Make an instance the owner of the session that a token resumes: of a parked one, or of one whose
-- fence is the one to be overcome.
local token, new_token, owner, overcome, ttl = ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
id = redis.call('GET', KEYS[1])
if not id then return {'none'} end
local held = redis.call('HMGET', key_of(id), 'owner', 'fence', 'tokens', 'session')
if not held[2] then return {'none'} end
local fence = held[2]
local repeated = held[1] == owner and held[3] == token .. ' ' .. new_token
if not repeated then
  if held[1] ~= '' and overcome ~= fence then return {'owned', id, held[1], fence} end
  local now_ms = math.floor(now_us() / 1000)
  fence = string.format('%.0f', math.max(tonumber(fence) + 1, now_ms))
  local tokens = token .. ' ' .. new_token
  redis.call('HSET', key_of(id), 'owner', owner, 'fence', fence, 'tokens', tokens)
  revoke(held[3], token)
  redis.call('ZREM', prefix .. 'parked', id)
  renew(id, tokens, ttl)
end
return {'taken', id, fence, held[4], redis.call('LRANGE', steps_of(id), 0, -1)}
""",
)
"""``prefix, token, new_token, owner, overcome, ttl_ms``; KEYS[1] is the token's."""
