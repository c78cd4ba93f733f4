return { pipelines = { include "1.lua" } }
