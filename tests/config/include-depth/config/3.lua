return include "4.lua"
