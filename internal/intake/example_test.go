package intake_test

import (
	"fmt"
	"strings"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

func ExampleRead() {
	file := "Personal-Nr;E-Mail;Groups\n" +
		"1;ann@example.org;staff\n" +
		"2;bob@example.org;\n"
	sub, err := intake.Read("text/csv", []byte(file), intake.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("columns:", sub.Columns)
	for _, row := range sub.Rows {
		fmt.Println("line", row.Number, row.Email, row.Groups)
	}
	// Output:
	// columns: [Personal-Nr E-Mail Groups]
	// line 2 ann@example.org [staff]
	// line 3 bob@example.org []
}

// A cell that a spreadsheet would calculate gets an apostrophe.
func ExampleExport() {
	var file strings.Builder
	results := intake.NewExport(&file, []string{"email", "name"}, intake.Dialect{})
	for _, r := range []intake.Result{
		{Cells: []string{"ann@example.org", "=Ann"}, State: onboard.Invited},
		{Cells: []string{"bob@", "Bob"}, State: onboard.Failed, Code: onboard.CodeEmailInvalid, Reason: "Nothing follows the @."},
	} {
		if err := results.Write(r); err != nil {
			fmt.Println(err)
			return
		}
	}
	if err := results.Flush(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(strings.ReplaceAll(file.String(), "\r\n", "\n"))
	// Output:
	// email,name,state,code,reason
	// ann@example.org,'=Ann,invited,,
	// bob@,Bob,failed,email_invalid,Nothing follows the @.
}
