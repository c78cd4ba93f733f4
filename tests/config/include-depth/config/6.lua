return include "7.lua"
