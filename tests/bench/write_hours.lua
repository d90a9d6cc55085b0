-- wrk script: logs hours, each request for another volunteer or another day, so that none overlaps.
-- Environment: TOKEN, VOLUNTEERS (a file of ids), FIRST_DAY (days back from 2024-01-01 at which this run begins).
local volunteers = {}
for line in io.lines(os.getenv("VOLUNTEERS")) do volunteers[#volunteers + 1] = line end
local first_day = tonumber(os.getenv("FIRST_DAY") or "0")
local epoch = os.time({year = 2024, month = 1, day = 1, hour = 9})
local number = 0
local headers = {["Authorization"] = "Bearer " .. os.getenv("TOKEN"), ["Content-Type"] = "application/json"}

request = function()
  local volunteer = volunteers[number % #volunteers + 1]
  local day = first_day + math.floor(number / #volunteers)
  number = number + 1
  headers["Idempotency-Key"] = "bench-" .. first_day .. "-" .. number
  local starts = os.date("%Y-%m-%dT09:00:00+08:00", epoch - day * 86400)
  local body = '{"starts_at":"' .. starts .. '","minutes":90,"description":"社区环境整治","evidence":"台账第十二页"}'
  local path = os.getenv("ECHO") and "/echo" or "/v1/volunteers/" .. volunteer .. "/hours"
  return wrk.format("POST", path, headers, body)
end

