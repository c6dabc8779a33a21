// Package installation works out what one deployment of the stack is given: the
// stage's block of samconfig.toml, the installation's own values, and what the
// deployed stack has already.
//
// SAM alone does not: its --parameter-overrides replaces the list of samconfig.toml
// instead of adding to it, and its guided mode asks for every parameter with the
// template's default, whatever the stack has. Here a parameter keeps the value of
// the deployed stack unless the file of values names it.
package installation
