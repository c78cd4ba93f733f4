return include "8.lua"
