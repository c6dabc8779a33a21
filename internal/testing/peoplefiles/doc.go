// Package peoplefiles makes files of people as the programs write them that people
// export from: a German Excel workbook, the template of Google Workspace, and the
// contacts of Outlook. Tests of the console and of the command line bring the same
// files in, and the documentation shows what they do with them.
package peoplefiles
