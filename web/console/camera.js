/* Pictures from the webcam, for a face check: shown as in a mirror, sent as the camera takes them, because the check tells left
   from right. The camera is off again as soon as the panel closes. */
import { button, h, notice } from "./dom.js";

async function start() {
  if (!navigator.mediaDevices?.getUserMedia) {
    notice("This browser gives no camera here: it asks for HTTPS or localhost", "bad");
    return null;
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { width: 640, facingMode: "user" } });
  } catch (error) {
    notice(error.name === "NotAllowedError" ? "The camera was not allowed" : "No camera was found", "bad");
    return null;
  }
}

/** A panel: open(asks, onPictures, seconds) takes one JPEG for each of `asks` (what to do for it, in order) and gives them all;
    after so many seconds, where they are given, it closes. */
export function cameraPanel() {
  const video = h("video", { muted: true, playsinline: true, "aria-label": "What the camera sees", class: "camera" });
  const ask = h("p", { role: "status" });
  const element = h("div", { class: "stack", hidden: true }, ask, video);
  let stream = null;
  let asks = [];
  let files = [];
  let give = null;
  let over = 0;

  function say() {
    ask.textContent = asks.length > 1 ? `${files.length + 1} of ${asks.length}: ${asks[files.length]}` : asks[0];
  }

  function close() {
    clearTimeout(over);
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    shutter.disabled = true;
    element.hidden = true;
  }

  async function open(wanted, onPictures, seconds) {
    close();
    stream = await start();
    if (!stream) return;
    [asks, files, give] = [wanted, [], onPictures];
    say();
    if (seconds) over = setTimeout(() => { close(); notice("The time for these pictures is over: ask again", "warn"); }, seconds * 1000);
    video.srcObject = stream;
    element.hidden = false;
    shutter.disabled = true; // until there is something to be seen
    await video.play();
    shutter.disabled = false;
  }

  async function take() {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
    files.push(new File([blob], `camera-${files.length + 1}.jpg`, { type: "image/jpeg" }));
    if (files.length < asks.length) {
      say();
      return;
    }
    close();
    await give(files);
  }

  const shutter = button("Take the picture", take, { class: "primary", disabled: true });
  element.append(h("div", { class: "row" }, shutter, button("Close the camera", close)));
  return { element, open };
}
