return include "5.lua"
