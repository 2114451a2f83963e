'use strict';

// Shows: register
const register = require('oxinet/register'); // the same as --require oxinet/register

console.log(register.isInstalled(), require('node:net') === require('oxinet'));
register.uninstall();
console.log(register.isInstalled(), require('node:net') === require('oxinet'));
register.install();
console.log(register.isInstalled());

// Prints:
// true true
// false false
// true
