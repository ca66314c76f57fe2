/* One picture from the webcam, for a face check. The camera is off again as soon as the panel closes. */
import { button, h, notice } from "./dom.js";

/** A panel that asks for the camera and gives onPicture(file) a JPEG. */
export function cameraPanel(onPicture) {
  const video = h("video", { muted: true, playsinline: true, "aria-label": "What the camera sees", class: "camera" });
  const element = h("div", { class: "stack", hidden: true }, video);
  let stream = null;

  function close() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    element.hidden = true;
  }

  async function open() {
    if (!navigator.mediaDevices?.getUserMedia) {
      notice("This browser gives no camera here: it asks for HTTPS or localhost", "bad");
      return;
    }
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, facingMode: "user" } });
    } catch (error) {
      notice(error.name === "NotAllowedError" ? "The camera was not allowed" : "No camera was found", "bad");
      return;
    }
    video.srcObject = stream;
    element.hidden = false;
    await video.play();
  }

  async function take() {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
    close();
    await onPicture(new File([blob], "camera.jpg", { type: "image/jpeg" }));
  }

  element.append(h("div", { class: "row" }, button("Take the picture", take, { class: "primary" }), button("Close the camera", close)));
  return { element, open, close };
}
