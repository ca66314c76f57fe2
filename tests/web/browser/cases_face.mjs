/* The live face check, in front of a camera that shows painted faces (tests/api/faces.py says how they are painted). */
import assert from "node:assert/strict";
import { cell, done, open, press } from "./page.mjs";
import { PAINTED, Server, until } from "./server.mjs";

/** In the page: the camera becomes a canvas, and show({yaw, pitch, size}) says how its face is held. */
function paintCamera(person) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  const draw = canvas.getContext("2d", { willReadFrequently: true });
  Object.assign(canvas.style, { position: "fixed", bottom: 0, width: "1px", height: "1px" }); // painted like any other part of the page
  document.body.append(canvas);
  const fill = (x, y, level) => {
    const grey = Math.round((level * 255) / 7);
    draw.fillStyle = `rgb(${grey} ${grey} ${grey})`;
    draw.fillRect(x * 80, y * 60, 80, 60);
  };
  const paint = ({ yaw = 0, pitch = 0, size = 2 } = {}) => {
    for (let x = 0; x < 8; x++) fill(x, 0, x % 2 ? 0 : 7);
    [0, person >> 6, (person >> 3) & 7, person & 7, 4 + yaw / 10, 4 + pitch / 10, size, 5].forEach((level, x) => fill(x, 1, level));
    for (let y = 2; y < 8; y++) for (let x = 0; x < 8; x++) fill(x, y, Math.random() < 0.5 ? 0 : 7);
  };
  globalThis.show = (pose) => paint(pose);
  globalThis.repaint = () => { draw.fillRect(0, 0, 1, 1); }; // a canvas that does not change gives no frames
  /* Does the page's video show what was painted last? */
  globalThis.arrived = () => {
    const video = [...document.querySelectorAll("video.camera")].find((v) => v.srcObject?.active && v.readyState >= 2);
    if (!video) return false;
    const copy = Object.assign(document.createElement("canvas"), { width: 640, height: 480 }).getContext("2d");
    copy.drawImage(video, 0, 0, 640, 480);
    const grey = (context, x, y) => context.getImageData(x * 80 + 40, y * 60 + 30, 1, 1).data[1];
    for (let y = 0; y < 8; y++) for (let x = 0; x < 8; x++) if (Math.abs(grey(copy, x, y) - grey(draw, x, y)) > 12) { globalThis.repaint(); return false; }
    return true;
  };
  globalThis.still = () => new Promise((give) => canvas.toBlob(async (blob) => give([...new Uint8Array(await blob.arrayBuffer())]), "image/jpeg", 0.95));
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(30);
  globalThis.show({});
}

const POSES = [[/own left$/, { yaw: 30 }], [/own right$/, { yaw: -30 }], [/^\d of 3: Look up$/, { pitch: 20 }], [/come closer$/, { size: 4 }]];

/** Does what the panel asks for, three times; `turn` changes the pose. */
async function answer(page, turn = (pose) => pose) {
  const face = cell(page, "face", "alice");
  for (let i = 1; i <= 3; i++) {
    const asked = await face.getByText(new RegExp(`^${i} of 3: `)).textContent();
    const pose = POSES.find(([words]) => words.test(asked));
    assert.ok(pose, asked);
    await page.evaluate((held) => globalThis.show(held), turn(pose[1]));
    await until(() => page.evaluate(() => globalThis.arrived()), "the camera's next frame");
    await press(page, "face", "alice", "Take the picture");
  }
}

export const cases = {
  async "the live face check, in front of a camera"(context) {
    const server = await Server.start({}, [], PAINTED);
    try {
      const page = await open({ ...context, server }, "/");
      await press(page, "account", "alice", "Sign up");
      await done(page, "account", "alice");
      await page.evaluate(paintCamera, 77);
      const photo = Buffer.from(await page.evaluate(() => globalThis.still()));
      await cell(page, "photo", "alice").locator('input[type="file"]').setInputFiles({ name: "alice.jpg", mimeType: "image/jpeg", buffer: photo });
      await press(page, "photo", "alice", "Upload it");
      await done(page, "photo", "alice");

      await press(page, "face", "alice", "Live check");
      assert.equal(await cell(page, "face", "alice").locator("video").evaluate((v) => new DOMMatrix(getComputedStyle(v).transform).a), -1); // as in a mirror
      await answer(page, (pose) => (pose.yaw ? { yaw: -pose.yaw } : { ...pose, pitch: 0, size: 2 })); // the other way round
      await cell(page, "face", "alice").locator(".outcome .notice").waitFor();
      await cell(page, "face", "alice").locator(".exchange .status", { hasText: "401" }).first().waitFor({ state: "attached" });

      await press(page, "face", "alice", "Live check");
      await answer(page);
      await cell(page, "face", "alice").getByText(/^Passed, \d+ % sure$/).first().waitFor();
      await done(page, "face", "alice");
    } finally {
      for (const window of context.windows.splice(0)) await window.close();
      await server.remove();
    }
  },
};
