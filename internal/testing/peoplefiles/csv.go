package peoplefiles

import "strings"

// Google is the template for many users of Google Workspace, filled in: the marks of
// its header, a password in every row, and two bad addresses.
func Google() string {
	return lines(
		"First Name [Required],Last Name [Required],Email Address [Required],Password [Required],Password Hash Function [UPLOAD ONLY],Org Unit Path [Required],"+
			"New Primary Email [UPLOAD ONLY],Recovery Email,Home Secondary Email,Work Secondary Email,Recovery Phone [MUST BE IN THE E.164 FORMAT],Work Phone,Home Phone,"+
			"Mobile Phone,Work Address,Home Address,Employee ID,Employee Type,Employee Title,Manager Email,Department,Cost Center,Building ID,Floor Name,Floor Section,"+
			"Change Password at Next Sign-In,New Status [UPLOAD ONLY],Advanced Protection Program enrollment",
		"Ada,Moss,ada.moss@example.org,Pa55word!,,/,,ada@example.net,,,+15555550101,,,+15555550102,,,17,staff,,,Sales,,,,,TRUE,,",
		"Ben,Nash,ben.nash@example,Pa55word!,,/,,,,,,,,,,,18,staff,,,Sales,,,,,TRUE,,",
		"Cleo,Park,cleo.park at example.org,Pa55word!,,/,,,,,,,,,,,19,students,,ada.moss@example.org,,,,,,TRUE,,",
		"Dan,Quill,dan.quill@example.org,Pa55word!,,/,,,,,,,,,,,20,students,,ada.moss@example.org,,,,,,TRUE,,")
}

// Outlook is the export of contacts of Outlook: every cell in quotes, three columns
// for addresses, notes with line breaks, and a contact that has no address.
func Outlook() string {
	header := []string{
		"Title", "First Name", "Middle Name", "Last Name", "Suffix", "Company", "Department", "Job Title", "Business Street", "Business City", "Business Postal Code",
		"Business Country/Region", "Home Street", "Home City", "Business Fax", "Business Phone", "Business Phone 2", "Home Phone", "Mobile Phone", "Primary Phone",
		"Anniversary", "Birthday", "Categories", "E-mail Address", "E-mail Type", "E-mail Display Name", "E-mail 2 Address", "E-mail 2 Type", "E-mail 2 Display Name",
		"E-mail 3 Address", "E-mail 3 Type", "E-mail 3 Display Name", "Gender", "Language", "Notes", "Priority", "Private", "Sensitivity", "Web Page",
	}
	all := []string{row(header, nil)}
	for _, contact := range []map[string]string{
		{"Title": "Dr.", "First Name": "Eva", "Last Name": "Roth", "Department": "Sales", "Categories": "staff", "E-mail Address": "eva.roth@example.org",
			"E-mail Display Name": "Eva Roth (eva.roth@example.org)", "E-mail 2 Address": "eva@example.net", "Notes": "Met in Bonn.\r\nLikes tea, not coffee."},
		{"First Name": "Finn", "Last Name": "Sole", "Categories": "staff", "E-mail Address": "finn.sole@@example.org", "E-mail Display Name": "Finn Sole"},
		{"First Name": "Gus", "Last Name": "Thorn", "Categories": "staff;students", "E-mail Address": "gus.thorn@example.org", "E-mail Display Name": "Gus \"T\" Thorn"},
		{"First Name": "Hana", "Last Name": "Ueno", "Categories": "students", "Company": "Ueno, Ltd."},
	} {
		for name, usual := range map[string]string{"Anniversary": "0/0/00", "Birthday": "0/0/00", "E-mail Type": "SMTP", "Gender": "Unspecified", "Priority": "Normal", "Private": "False", "Sensitivity": "Normal"} {
			contact[name] = usual
		}
		all = append(all, row(header, contact))
	}
	return lines(all...)
}

// row writes a contact in the order of the header, or the header without one.
func row(header []string, contact map[string]string) string {
	cells := make([]string, len(header))
	for i, name := range header {
		text := name
		if contact != nil {
			text = contact[name]
		}
		cells[i] = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return strings.Join(cells, ",")
}

func lines(all ...string) string { return strings.Join(all, "\r\n") + "\r\n" }
