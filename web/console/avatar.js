/* A drawn portrait, so that the journey needs nobody's photo. The same name gives the same drawing. */

const SKINS = ["#f3cfb3", "#e2b08a", "#c58a62", "#8f5b3c", "#f7dcc6"];
const HAIRS = ["#2c1b18", "#5b3a22", "#a8562f", "#d9a441", "#3b3b4d", "#7a1f3d"];
const GROUNDS = [["#ffd9e4", "#f6a5bd"], ["#d7ecfb", "#8fbfe3"], ["#e9e2fb", "#b4a3e6"], ["#def3e3", "#93cfa6"], ["#fdeacb", "#f0bd6c"]];

function seeded(text) {
  let state = [...text].reduce((hash, c) => Math.imul(hash ^ c.codePointAt(0), 16777619), 2166136261) >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

function ellipse(g, x, y, rx, ry, colour) {
  g.fillStyle = colour;
  g.beginPath();
  g.ellipse(x, y, rx, ry, 0, 0, 2 * Math.PI);
  g.fill();
}

function stroke(g, width, colour, path) {
  g.lineWidth = width;
  g.strokeStyle = colour;
  g.lineCap = "round";
  g.beginPath();
  path();
  g.stroke();
}

function face(g, skin, hair, long) {
  if (long) ellipse(g, 256, 290, 152, 190, hair);
  ellipse(g, 256, 560, 200, 150, long ? "#a3174a" : "#1d5a86");
  g.fillStyle = skin;
  g.fillRect(216, 360, 80, 80);
  ellipse(g, 256, 265, 112, 138, skin);
  ellipse(g, 256, 168, 124, 72, hair);
  ellipse(g, 142, 270, 16, 26, skin);
  ellipse(g, 370, 270, 16, 26, skin);
  for (const x of [212, 300]) {
    ellipse(g, x, 262, 17, 11, "#ffffff");
    ellipse(g, x, 262, 8, 9, "#2b2024");
    stroke(g, 7, hair, () => { g.moveTo(x - 22, 236); g.quadraticCurveTo(x, 224, x + 22, 236); });
  }
  stroke(g, 6, "rgb(60 20 20 / 35%)", () => { g.moveTo(256, 268); g.quadraticCurveTo(244, 308, 262, 312); });
  stroke(g, 8, "#9c3b46", () => { g.moveTo(222, 344); g.quadraticCurveTo(256, 370, 290, 344); });
}

/** A JPEG file of 512 × 512. */
export async function portrait(name, long) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 512;
  const g = canvas.getContext("2d");
  const pick = seeded(name);
  const [light, deep] = GROUNDS[pick(GROUNDS.length)];
  const ground = g.createLinearGradient(0, 0, 512, 512);
  ground.addColorStop(0, light);
  ground.addColorStop(1, deep);
  g.fillStyle = ground;
  g.fillRect(0, 0, 512, 512);
  face(g, SKINS[pick(SKINS.length)], HAIRS[pick(HAIRS.length)], long);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
  return new File([blob], `${name.toLowerCase().replace(/\W+/g, "-")}.jpg`, { type: "image/jpeg" });
}
