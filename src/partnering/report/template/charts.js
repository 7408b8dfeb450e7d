/* Charts: a mark that is pointed at, tapped or reached by arrow keys says what it is, and what is not its own fades. */
const tip = document.querySelector("main").appendChild(Object.assign(document.createElement("p"), { className: "tip", role: "status", hidden: true }));
for (const svg of document.querySelectorAll(".exhibit svg")) {
  const marks = [...svg.querySelectorAll("g > title")].map((title) => Object.assign(title.parentNode, { said: title.textContent }));
  const show = (mark) => {
    tip.hidden = !mark;
    for (const each of marks) each.classList.toggle("faded", Boolean(mark) && each.said.split(":")[0] !== mark.said.split(":")[0]);
    if (!mark) return;
    tip.textContent = mark.said;
    const box = mark.getBoundingClientRect(), middle = (box.left + box.right - tip.offsetWidth) / 2;
    tip.style.top = `${box.top > 90 ? box.top - tip.offsetHeight - 8 : Math.min(box.bottom, innerHeight - 90) + 8}px`;
    tip.style.left = `${Math.max(8, Math.min(middle, innerWidth - tip.offsetWidth - 8))}px`;
  };
  for (const mark of marks) mark.firstChild.remove();
  svg.tabIndex = marks.length ? 0 : -1;
  svg.onpointerover = (event) => show(marks.find((mark) => mark.contains(event.target)));
  svg.onpointerleave = svg.onblur = () => show();
  svg.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return show();
    event.preventDefault();
    svg.at = ((svg.at ?? (step > 0 ? -1 : 0)) + step + marks.length) % marks.length;
    show(marks[svg.at]);
  };
}
