package console_test

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"maps"
	"slices"
	"testing"
)

// small packs a picture with a palette. A page has few colors, and the shades at
// the edges of letters pass for their neighbors: the file has a third of its
// size and looks the same.
func small(t *testing.T, picture []byte) []byte {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	bounds := full.Bounds()
	palette := paletteOf(full)
	packed := image.NewPaletted(bounds, palette)
	places := map[color.RGBA]uint8{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := rgba(full, x, y)
			place, known := places[c]
			if !known {
				place = uint8(palette.Index(c))
				places[c] = place
			}
			packed.SetColorIndex(x, y, place)
		}
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, packed); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// paletteOf picks up to 256 colors of a picture. Of colors that look alike the
// most frequent represents all: shades of grey, of which there are many, are not
// to crowd out a small dot of green.
func paletteOf(picture image.Image) color.Palette {
	met := map[color.RGBA]int{}
	bounds := picture.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			met[rgba(picture, x, y)]++
		}
	}
	byFrequency := func(a, b color.RGBA) int {
		return cmp.Or(met[b]-met[a], int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B))
	}
	var all []color.RGBA
	taken := map[color.RGBA]bool{}
	for _, c := range slices.SortedFunc(maps.Keys(met), byFrequency) {
		look := color.RGBA{R: c.R >> 4, G: c.G >> 4, B: c.B >> 4}
		if !taken[look] {
			taken[look] = true
			all = append(all, c)
		}
	}
	var palette color.Palette
	for _, c := range all[:min(len(all), 256)] {
		palette = append(palette, c)
	}
	return palette
}

func rgba(picture image.Image, x, y int) color.RGBA {
	return color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA)
}
