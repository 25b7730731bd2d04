// Makes media/icon.png from media/icon.svg: `node media/icon.mjs`.
import sharp from 'sharp';

await sharp('media/icon.svg', { density: 144 }).resize(256, 256).png({ compressionLevel: 9 }).toFile('media/icon.png');
