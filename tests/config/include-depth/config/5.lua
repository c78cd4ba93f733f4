return include "6.lua"
