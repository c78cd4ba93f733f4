return include "9.lua"
