package xlsx

// What one workbook may cost. A real list of 10,000 people with 15 columns is
// about 6 MB, 150,000 strings and 160,000 elements.
const (
	maxUnpacked = 64 << 20  // bytes over all parts that are read, counted while reading
	maxStrings  = 500_000   // shared strings
	maxElements = 2_000_000 // row and cell elements over all sheets that are read
	maxDepth    = 32        // elements inside one another
	maxText     = 32 << 20  // bytes of text: of all shared strings, and of all cells

	// maxToken bounds the bytes of one piece of XML, which the decoder holds in
	// memory whole. A cell has at most 32,767 characters (Excel specifications
	// and limits), 200 kB with every character escaped.
	maxToken = 1 << 20

	// maxListed bounds relationships, sheets, formats and whatever else a part
	// lists. Excel has at most 65,490 cell formats (Excel specifications and
	// limits).
	maxListed = 65_536

	// maxEntries bounds the files in the archive. A large workbook has hundreds.
	maxEntries = 10_000

	// The size of a sheet (Excel specifications and limits).
	maxRow    = 1_048_576
	maxColumn = 16_384
)

// budget counts what reading a workbook has used up.
type budget struct {
	unpacked int
	strings  int
	elements int
	shared   int // bytes of shared strings
	text     int // bytes of cells
	listed   int
}

// spend adds n to one of the budget's counts.
func spend(count *int, n, limit int, what string) error {
	if *count += n; *count > limit {
		return tooLarge(what)
	}
	return nil
}

// unpack charges n bytes that were unpacked.
func (b *budget) unpack(n int) error {
	return spend(&b.unpacked, n, maxUnpacked, "the workbook unpacks to more than 64 MB")
}

// expect refuses a part whose own word on its size is already too much.
func (b *budget) expect(size uint64) error {
	unpacked := b.unpacked
	return spend(&unpacked, int(min(size, maxUnpacked+1)), maxUnpacked, "the workbook unpacks to more than 64 MB")
}

func (b *budget) addString() error {
	return spend(&b.strings, 1, maxStrings, "the workbook holds more than 500,000 different texts")
}

func (b *budget) addElement() error {
	return spend(&b.elements, 1, maxElements, "the workbook has more than 2,000,000 rows and cells")
}

func (b *budget) addShared(n int) error {
	return spend(&b.shared, n, maxText, "the workbook holds more than 32 MB of text")
}

func (b *budget) addText(n int) error {
	return spend(&b.text, n, maxText, "the workbook shows more than 32 MB of text")
}

func (b *budget) addListed() error {
	return spend(&b.listed, 1, maxListed, "the workbook lists more than 65,536 formats, links and parts")
}
