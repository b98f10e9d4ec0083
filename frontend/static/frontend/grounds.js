/** The ground of what a list holds, where it has one: a market that is open stands out, one that is shut is pale. */

/** Surfaces on a map below the pins: of each listed place with a `ground` (GeoJSON), by whether it is `open`. */
export function grounds(map) {
  const group = L.layerGroup().addTo(map);
  return {
    show(items) {
      group.clearLayers();
      for (const { ground, open } of items) {
        if (ground) L.geoJSON(ground, { interactive: false, style: { className: `market ${standing(open)}` } }).addTo(group);
      }
    },
    clear: () => group.clearLayers(),
  };
}

const standing = (open) => ({ true: "open", false: "shut" })[open] ?? "unknown";
