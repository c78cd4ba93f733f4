return {
  keys = { include "keys/none.lua" },
  notifiers = include "notifiers/*.lua",
  archives = { include "../elsewhere.lua" },
  pipelines = include "pipelines/one.lua",
}
