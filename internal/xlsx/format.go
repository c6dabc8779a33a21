package xlsx

// Format is what a file is, by its content.
type Format int

// The formats that people send in place of a workbook.
const (
	Unknown      Format = iota // none of the others; binary
	Empty                      // no bytes
	Text                       // text, perhaps CSV with the ending of a workbook
	Workbook                   // .xlsx
	Macros                     // a workbook with macros, .xlsm
	Binary                     // a binary workbook, .xlsb
	Encrypted                  // a workbook behind a password
	OldExcel                   // .xls
	XML2003                    // an XML spreadsheet of Excel 2003
	HTML                       // a web page
	XML                        // other XML
	PDF                        // a document to print
	OpenDocument               // .ods
	Numbers                    // a document of Apple's Numbers
	GoogleLink                 // .gsheet
	Word                       // .docx
	PowerPoint                 // .pptx
	Archive                    // a zip or other archive that is no workbook
)

const sendThat = "save it as Excel workbook (.xlsx) or CSV UTF-8 and send that"

// sentence says what the file is and what to send instead.
func (f Format) sentence() string {
	switch f {
	case Empty:
		return "the file is empty; save the list again and send it"
	case Text:
		return "this is a text file, not a workbook; send it as CSV"
	case Macros:
		return "this workbook holds macros; save it as Excel workbook without macros (.xlsx) and send that"
	case Binary:
		return "this is a binary workbook (.xlsb); " + sendThat
	case Encrypted:
		return "the workbook is protected by a password (or by rights management), so it cannot be read here; " +
			"open it in Excel, take the protection off (File, Info, Protect Workbook, Encrypt with Password, empty) and send it again"
	case OldExcel:
		return "this is a workbook of Excel 97 to 2003 (.xls); open it in Excel, " + sendThat
	case XML2003:
		return "this is an XML spreadsheet of Excel 2003; " + sendThat
	case HTML:
		return "this is a web page saved with the ending of a workbook; open it in Excel, " + sendThat
	case XML:
		return "this is an XML file; open it in the program that wrote it, " + sendThat
	case PDF:
		return "this is a PDF, which is for printing; open the list in the program that made it, " + sendThat
	case OpenDocument:
		return "this is an OpenDocument spreadsheet (.ods); " + sendThat
	case Numbers:
		return "this is a Numbers document; in Numbers choose File, Export To, Excel or CSV, and send that"
	case GoogleLink:
		return "this is a link to a Google Sheet, not the sheet; in Google Sheets choose File, Download, Microsoft Excel (.xlsx) or CSV, and send that"
	case Word:
		return "this is a Word document; copy its table to an Excel workbook, " + sendThat
	case PowerPoint:
		return "this is a PowerPoint presentation; copy its table to an Excel workbook, " + sendThat
	case Archive:
		return "this is an archive (zip or the like), not a workbook; unpack it and send the file inside"
	}
	return "this is not a workbook; open it in the program that wrote it, " + sendThat
}
