package xlsx_test

import (
	"bytes"
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"usher.example/internal/xlsx"
)

// peopleSheet is rows of 15 cells as Excel writes them: a third of the texts are
// shared by many rows, the others are a person's own.
func peopleSheet(rows int) (sheet, texts string) {
	var s, sst bytes.Buffer
	strings := 0
	share := func(text string) int {
		fmt.Fprintf(&sst, "<si><t>%s</t></si>", text)
		strings++
		return strings - 1
	}
	var common []int
	for i := range 20 {
		common = append(common, share(fmt.Sprintf("Department %d", i)))
	}
	for row := 1; row <= rows; row++ {
		fmt.Fprintf(&s, `<row r="%d" spans="1:15" x14ac:dyDescent="0.25">`, row)
		for column := range 15 {
			name := xlsx.CellName(column, row)
			switch {
			case row == 1 || column < 6:
				text := fmt.Sprintf("value %d of person %d", column, row)
				if column == 0 {
					text = fmt.Sprintf("person.%d@example.org", row)
				}
				fmt.Fprintf(&s, `<c r="%s" t="s"><v>%d</v></c>`, name, share(text))
			case column < 11:
				fmt.Fprintf(&s, `<c r="%s" s="1" t="s"><v>%d</v></c>`, name, common[(row+column)%len(common)])
			default:
				fmt.Fprintf(&s, `<c r="%s" s="%d"><v>%d</v></c>`, name, column-11, 30000+row)
			}
		}
		s.WriteString("</row>")
	}
	return s.String(), sst.String()
}

// Ten thousand people with fifteen columns are to take a second of CPU and 64 MB
// at most (docs/design.md). It reports the CPU time of the process, collection
// of garbage included, and how far the heap grew.
func BenchmarkRead(b *testing.B) {
	sheet, texts := peopleSheet(10_000)
	data := workbook{sheet: sheet, texts: texts, styles: `0 14 "+"0 00000`}.zip(b)
	b.SetBytes(int64(len(sheet) + len(texts)))
	b.ReportAllocs()
	runtime.GC()
	before := cpu(b)
	var peak uint64
	for b.Loop() {
		book, err := xlsx.Read(bytes.NewReader(data), int64(len(data)))
		if err != nil || len(book.Sheets[0].Rows) != 10_000 {
			b.Fatal(len(book.Sheets), err)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapSys-m.HeapReleased)
	}
	b.ReportMetric(float64((cpu(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(peak)/(1<<20), "heap-MB")
}

func cpu(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
