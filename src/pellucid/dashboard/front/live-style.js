/** How what a model answers looks. */

export const liveStyle = `
.input{display:grid;grid-template-columns:minmax(0,10em) minmax(0,1fr) 7em 28px;gap:0 10px;align-items:center;min-height:34px}
.input label{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.input .old{grid-column:2/-1;font-size:11px;line-height:1.3}
.input input,.input select{max-width:none;width:100%}
.input .level{grid-column:2/4}
.input .back{min-height:28px;padding:2px 6px;border-color:transparent}
.back.unused{visibility:hidden}
.track{position:relative;display:block}
.track input{padding:0;border:0;background:none;accent-color:var(--bar);position:relative;margin:0;display:block}
.mark{position:absolute;width:2px;background:var(--ink)}
.track .mark{left:calc(8px + (100% - 16px)*var(--at) - 1px);top:1px;height:6px}
.old{color:var(--muted);font-weight:400}
.meters{list-style:none;margin:2px 0 8px;padding:0;display:grid;grid-template-columns:minmax(0,9em) minmax(0,1fr) max-content 8em;gap:0 10px}
.meters li{display:grid;grid-column:1/-1;grid-template-columns:subgrid;align-items:center;min-height:24px}
.meters data{text-align:end}
.meters .strong{font-weight:600}
.meter{position:relative;height:12px;background:var(--rule);border-radius:2px}
.meter .gauge{height:12px;border-radius:2px;top:0}
.meter .mark{top:-3px;height:18px;margin-left:-1px;outline:1px solid var(--paper)}
.axis-name{color:var(--muted);font-size:12px}
.curve-other,.curve-own{fill:none;stroke:var(--neutral);opacity:.4}
.curve-own{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:5 3;opacity:1}
.curve-band{fill:var(--bar);opacity:.25}
.dependence{margin-top:8px}
.curve-line{fill:none;stroke:var(--bar);stroke-width:2.5}
.ghost{fill:var(--paper);stroke:var(--neutral);stroke-width:2}
.stale,.halves [aria-busy]{opacity:.45}
.whatif .failed{padding:4px 0;color:var(--ink)}
`;
