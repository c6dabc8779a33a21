// Package installation works out the parameters of a deployment: from the stage's
// block of samconfig.toml, the installation's own values, and the deployed stack.
//
// SAM alone cannot: its --parameter-overrides replaces the list of samconfig.toml
// instead of extending it, and its guided mode offers the template's defaults
// instead of the stack's values. Here a parameter keeps the value of the deployed
// stack unless the file of values names it.
package installation
