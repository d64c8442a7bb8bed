"""Try-on of a flat-lay: cut, read, warp, drape, cover, gate."""
