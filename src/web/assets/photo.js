// A picture is made small and upright before it is sent: a square of 480 pixels, without the phone's notes.
// Without this script, or where it fails, the picture is sent as it is; the hub has limits of its own.
const SIDE = 480;
for (const form of document.querySelectorAll("form[data-photo]")) {
  const input = form.querySelector("input[type=file]");
  input.addEventListener("change", async () => {
    const file = input.files[0];
    if (!file) return;
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const edge = Math.min(picture.width, picture.height);
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = SIDE;
      canvas.getContext("2d").drawImage(picture, (picture.width - edge) / 2, (picture.height - edge) / 2, edge, edge, 0, 0, SIDE, SIDE);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      const files = new DataTransfer();
      files.items.add(new File([blob], "photo.jpg", { type: "image/jpeg" }));
      input.files = files.files;
    } catch {
      // Left as it was chosen.
    }
  });
}
