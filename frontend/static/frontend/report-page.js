/** On the page of a place: the sentence that names it is copied, or handed to an app of the phone, by one tap. */

const part = document.querySelector(".report");
const sentence = part.querySelector(".report-text").textContent;

/** A button is there only where what it does can be done. */
function offer(name, does) {
  const button = part.querySelector(`[data-report="${name}"]`);
  button.hidden = false;
  button.addEventListener("click", () => does(button));
}

if (navigator.clipboard) offer("copy", async ({ lastElementChild: said, dataset }) => {
  await navigator.clipboard.writeText(sentence);
  said.textContent = dataset.done;
});
if (navigator.share) offer("hand", () => navigator.share({ text: sentence }).catch(() => undefined)); // broken off by the reader
