return include "3.lua"
