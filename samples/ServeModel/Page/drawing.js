// The drawing area, and pictures to and from the model's numbers.

const penWidth = 22;

/** An area to draw on: with a mouse, a pen, fingers or the keyboard. White on black, as the model's pictures are. */
export class Pad {
  #canvas; #context; #changed; #penMoved;
  #key = { x: 140, y: 140, down: false };

  /** changed() is called after every change; penMoved(down) says how the keyboard's pen is, null where it is not in use. */
  constructor(canvas, changed, penMoved) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { willReadFrequently: true });
    [this.#changed, this.#penMoved] = [changed, penMoved];
    this.#blank();
    canvas.addEventListener("pointerdown", event => {
      canvas.setPointerCapture(event.pointerId);
      this.#line(this.#at(event), this.#at(event));
    });
    canvas.addEventListener("pointermove", event => {
      if (canvas.hasPointerCapture(event.pointerId))
        this.#line(this.#last, this.#at(event));
    });
    canvas.addEventListener("keydown", event => this.#press(event));
    canvas.addEventListener("blur", () => this.#penMoved(null));
  }

  #last = { x: 0, y: 0 };

  clear() {
    this.#blank();
    this.#changed();
  }

  /** Shows one of the model's items. */
  showItem(item, shape) {
    const small = document.createElement("canvas");
    show(small, item, shape);
    this.#showImage(small, false);
  }

  /** Shows a file; false where it is no picture. */
  async showFile(file) {
    const image = await createImageBitmap(file).catch(() => null);
    if (image)
      this.#showImage(image, true);
    image?.close();
    return image !== null;
  }

  #blank() {
    this.#context.fillStyle = "#000";
    this.#context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  #at(event) {
    const box = this.#canvas.getBoundingClientRect();
    return {
      x: (event.clientX - box.left) * this.#canvas.width / box.width,
      y: (event.clientY - box.top) * this.#canvas.height / box.height,
    };
  }

  #line(from, to) {
    const context = this.#context;
    Object.assign(context, { strokeStyle: "#fff", lineWidth: penWidth, lineCap: "round", lineJoin: "round" });
    context.beginPath();
    context.moveTo(from.x, from.y);
    // A line of no length would not be drawn, and a dot is wanted.
    context.lineTo(to.x + 0.01, to.y);
    context.stroke();
    this.#last = to;
    this.#changed();
  }

  #press(event) {
    const step = { ArrowLeft: [-10, 0], ArrowRight: [10, 0], ArrowUp: [0, -10], ArrowDown: [0, 10] }[event.key];
    if (!step && event.key !== " ")
      return;
    event.preventDefault();
    const from = { ...this.#key };
    if (step) {
      this.#key.x = Math.min(this.#canvas.width - 15, Math.max(15, from.x + step[0]));
      this.#key.y = Math.min(this.#canvas.height - 15, Math.max(15, from.y + step[1]));
    } else {
      this.#key.down = !this.#key.down;
    }
    if (this.#key.down)
      this.#line(from, this.#key);
    this.#penMoved(this.#key.down);
  }

  #showImage(image, maybeInverted) {
    const { width, height } = this.#canvas;
    const scale = Math.min(width / image.width, height / image.height);
    const [w, h] = [image.width * scale, image.height * scale];
    this.#blank();
    this.#context.imageSmoothingEnabled = maybeInverted;
    this.#context.imageSmoothingQuality = "high";
    if (maybeInverted) {
      // Paper is behind a picture that has holes.
      this.#context.fillStyle = "#fff";
      this.#context.fillRect((width - w) / 2, (height - h) / 2, w, h);
    }
    this.#context.drawImage(image, (width - w) / 2, (height - h) / 2, w, h);
    if (maybeInverted)
      this.#darken((width - w) / 2, (height - h) / 2, w, h);
    this.#changed();
  }

  /** Ink on paper becomes white on black. */
  #darken(x, y, w, h) {
    const pixels = this.#context.getImageData(Math.round(x), Math.round(y), Math.max(1, Math.floor(w)), Math.max(1, Math.floor(h)));
    const grey = greyOf(pixels);
    const bright = edgeMean(grey, pixels.width, pixels.height) > 0.5;
    grey.forEach((value, i) => pixels.data.fill(255 * (bright ? 1 - value : value), 4 * i, 4 * i + 3));
    this.#blank();
    this.#context.putImageData(pixels, Math.round(x), Math.round(y));
  }
}

/**
 * The picture as the model's digits are: what was drawn, fitted into the middle 20 of 28 pixels with its centre of mass in the middle, as
 * MNIST's are (LeCun et al. 1998). Null where nothing was drawn.
 */
export function pictureOf(canvas, shape, binary) {
  const box = inkOf(canvas);
  if (!box)
    return null;
  const small = Object.assign(document.createElement("canvas"), { width: shape.width, height: shape.height });
  const context = small.getContext("2d", { willReadFrequently: true });
  const scale = Math.min(shape.width, shape.height) * 20 / 28 / Math.max(box.width, box.height);
  const [w, h] = [box.width * scale, box.height * scale];
  const draw = (x, y) => {
    context.fillStyle = "#000";
    context.fillRect(0, 0, shape.width, shape.height);
    context.imageSmoothingQuality = "high";
    context.drawImage(canvas, box.x, box.y, box.width, box.height, x, y, w, h);
    return greyOf(context.getImageData(0, 0, shape.width, shape.height));
  };
  const [x, y] = [(shape.width - w) / 2, (shape.height - h) / 2];
  const centre = centreOf(draw(x, y), shape.width);
  const grey = draw(x + shape.width / 2 - centre.x, y + shape.height / 2 - centre.y);
  return Array.from(grey, value => binary ? Number(value >= 0.5) : value);
}

/** Paints an item on a canvas, a pixel each. */
export function show(canvas, item, { width, height }) {
  [canvas.width, canvas.height] = [width, height];
  canvas.style.aspectRatio = `${width} / ${height}`;
  const pixels = new ImageData(width, height);
  item.forEach((value, i) => pixels.data.set([value * 255, value * 255, value * 255, 255], 4 * i));
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

const greyOf = ({ data }) => Float32Array.from(
  { length: data.length / 4 }, (_, i) => (0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]) / 255);

function edgeMean(grey, width, height) {
  const edge = grey.filter((_, i) => i < width || i >= width * (height - 1) || i % width === 0 || i % width === width - 1);
  return edge.reduce((sum, value) => sum + value, 0) / edge.length;
}

/** The box around all that is bright. */
function inkOf(canvas) {
  const { width, height } = canvas;
  const grey = greyOf(canvas.getContext("2d").getImageData(0, 0, width, height));
  let [left, top, right, bottom] = [width, height, -1, -1];
  grey.forEach((value, i) => {
    if (value < 0.2)
      return;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
  });
  return right < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

function centreOf(grey, width) {
  let [sum, x, y] = [0, 0, 0];
  grey.forEach((value, i) => {
    sum += value;
    x += value * (i % width + 0.5);
    y += value * (Math.floor(i / width) + 0.5);
  });
  return { x: x / sum, y: y / sum };
}
