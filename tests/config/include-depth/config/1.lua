return include "2.lua"
