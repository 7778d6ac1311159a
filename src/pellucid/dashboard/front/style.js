/** How the page looks; its colors are in `theme.js`. */

import { cohortStyle } from "./cohort-style.js";
import { FONT } from "./dom.js";
import { liveStyle } from "./live-style.js";

export const style = `
:host{display:block;background:var(--paper);color:var(--ink)}
*{box-sizing:border-box}
main{container-type:inline-size;font:13px/1.45 ${FONT};font-variant-numeric:tabular-nums;max-width:1760px;
  margin:0 auto;padding:20px 24px 16px;background:var(--paper)}
h1{font-size:20px;line-height:1.3;margin:0;font-weight:650}
h2{font-size:15px;line-height:1.35;margin:0 0 4px;font-weight:650}
p{margin:0}
h1,h2,dd,.note,.said,.readout,.pinned span,.prose,code,th,td,h3,.failed{overflow-wrap:anywhere}
header{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:8px 24px}
.provenance{margin:8px 0 20px;padding:0 0 12px;border-bottom:1px solid var(--rule)}
.provenance dl{display:flex;flex-wrap:wrap;gap:4px 24px;margin:0}
.provenance dl>div{display:flex;flex-wrap:wrap;gap:0 6px}
dt{color:var(--muted)}
dd{margin:0}
.note{margin-top:6px;color:var(--muted);max-width:110ch}
main>.note{margin:-10px 0 16px}
.warning{color:var(--ink);border-inline-start:3px solid var(--bar);padding-inline-start:8px}
.panels{display:grid;grid-template-columns:minmax(0,1fr);gap:36px 44px}
.panels.alone{max-width:860px}
.panel{min-width:0;contain:layout style paint;overflow-clip-margin:24px}
.panel[hidden]{display:none}
.said{color:var(--muted);max-width:75ch}
.controls{display:flex;flex-wrap:wrap;gap:6px 14px;align-items:center;margin:8px 0}
.panel.feature .controls{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:6px 20px}
.panel.feature .choice{display:grid;grid-template-columns:auto minmax(0,1fr)}
.panel.feature select{max-width:none;width:100%}
.choice{display:inline-flex;align-items:center;gap:6px;color:var(--muted);min-width:0;max-width:100%}
select,input,.action{font:inherit;color:var(--ink);background:var(--paper);border:1px solid var(--edge,var(--neutral));
  border-radius:5px;min-height:28px;padding:2px 6px;max-width:190px;min-width:0}
input{max-width:130px}
.go input{width:72px}
.walk{gap:6px 10px}
.action{max-width:none;cursor:pointer;padding:2px 10px;min-width:28px}
.action:hover,select:hover{border-color:var(--ink)}
:focus-visible{outline:2px solid var(--ink);outline-offset:2px;border-radius:4px}
.go{display:inline-flex;gap:6px;align-items:center}
.problem{color:var(--ink);font-weight:600}
.key{display:flex;align-items:center;flex-wrap:wrap;gap:8px;color:var(--muted);font-size:12px;margin:2px 0 6px}
.ramp{display:inline-block;width:96px;height:8px;border-radius:4px;background:var(--ramp)}
.swatch{width:12px;height:8px;border-radius:4px;background:var(--neutral);margin-inline-start:8px}
.frame{position:relative;margin:6px 0 4px;contain:layout size style}
.frame>svg,.frame>canvas{position:absolute;display:block}
.frame>canvas{touch-action:pan-y}
.pickable{cursor:crosshair}
.marks{pointer-events:none;overflow:visible}
.frame.dots:focus-visible{outline-offset:4px}
ol.rows{position:relative;list-style:none;margin:0;padding:0;pointer-events:none}
ol.rows>li{display:flex;justify-content:space-between;contain:layout size style}
.label{flex:none;display:flex;flex-direction:column;justify-content:center;
  text-align:right;pointer-events:auto;line-height:1.2;white-space:nowrap}
button.label{font:inherit;line-height:1.2;color:inherit;background:none;border:0;padding:0;cursor:pointer}
button.label:hover .name{text-decoration:underline}
.label .name{display:block}
.label .note{display:block;font-size:11px;margin:0;color:var(--muted)}
.strong .name{font-weight:600}
.strong button .name{text-decoration:underline;text-underline-offset:3px;text-decoration-thickness:1px}
ol.rows .number{display:flex;align-items:center;justify-content:flex-end;
  font-size:12px;color:var(--muted)}
text{font:12px ${FONT};fill:var(--ink);font-variant-numeric:tabular-nums}
.tick,.axis-title{fill:var(--muted)}
.grid{stroke:var(--rule)}
.zero{stroke:var(--muted)}
.link{stroke:var(--neutral)}
.flat,.counts{fill:var(--bar)}
.counts{opacity:.55}
.raises{fill:var(--raises)}
.lowers{fill:var(--lowers)}
.stop{fill:var(--ink)}
text.strong{font-weight:600}
.whisker{stroke:var(--ink);fill:none}
.whisker-halo{stroke:var(--paper);stroke-width:3;fill:none}
.ring path{fill:none;stroke:var(--ink);stroke-width:2}
.ring .ring-halo{stroke:var(--paper);stroke-width:5.5}
.pin{fill:var(--ink);stroke:var(--paper);stroke-width:1.5}
.value{paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}
.readout{min-height:19px;color:var(--ink);font-size:12px}
.classes,.pinned{list-style:none;margin:8px 0;padding:0;display:flex;flex-wrap:wrap;gap:6px}
.pinned{margin:0}
.pinned span{display:inline-block;padding:4px 8px;max-width:100%}
.prose{font-size:15px;line-height:1.8;max-width:80ch;margin:8px 0}
mark{color:inherit;border-radius:3px;padding:1px 2px;background:color-mix(in srgb,var(--sign) var(--strength),transparent);
  text-decoration:underline solid var(--sign) 2px;text-underline-offset:4px}
mark.raises{--sign:var(--raises)}
mark.lowers{--sign:var(--lowers);text-decoration-style:dotted}
.sentence{display:grid;grid-template-columns:52px 60px minmax(0,1fr);gap:0 12px;align-items:baseline;margin:6px 0}
.sentence .number{text-align:end;font-size:12px;color:var(--muted)}
.weight{display:flex;justify-content:flex-end}
.weight span{height:8px;border-radius:2px}
.weight .raises{background:var(--raises)}
.weight .lowers{background:var(--lowers)}
a{color:inherit}
code{font:12px ui-monospace,monospace;user-select:all}
.classes button,.pinned button{position:relative;display:flex;gap:8px;justify-content:space-between;font:inherit;color:var(--ink);
  background:none;border:1px solid var(--rule);border-radius:5px;padding:3px 8px 6px;min-width:84px;min-height:28px;cursor:pointer;
  max-width:100%;overflow:hidden}
.pinned button{padding:3px 8px;justify-content:flex-start}
.classes [aria-pressed="true"]{border-color:var(--ink);font-weight:600}
.class-name{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.gauge{position:absolute;left:0;bottom:0;height:3px;background:var(--bar)}
details.table{margin-top:6px}
summary{cursor:pointer;color:var(--muted);width:fit-content;min-height:24px}
table{border-collapse:collapse;width:100%;font-size:12px}
caption{text-align:start;color:var(--muted);padding:4px 0}
th{font-weight:400;text-align:start}
thead th{color:var(--muted)}
th,td{padding:4px 14px 4px 0;border-bottom:1px solid var(--rule);vertical-align:top}
.numeric{text-align:end}
.wide{overflow-x:auto}
.feature .wide tbody th{min-width:6.5em}
.scroller{overflow:auto;border-top:1px solid var(--rule);border-bottom:1px solid var(--rule)}
.paged{max-height:377px}
.grid-table{width:max-content;min-width:100%;border-collapse:separate;border-spacing:0}
.grid-table td,.grid-table th{height:29px;padding:0 12px;white-space:nowrap;max-width:230px;vertical-align:middle}
.grid-table .long,.long button,.grid-table thead button{overflow:hidden;text-overflow:ellipsis}
.grid-table .spacer td{padding:0;border:0}
.grid-table thead{position:sticky;top:0;background:var(--paper);z-index:1}
.grid-table button{font:inherit;color:inherit;background:none;border:0;padding:4px 0;cursor:pointer;max-width:206px}
.grid-table tbody tr{cursor:pointer}
.grid-table tbody tr:hover td,.grid-table tbody tr:hover th{background:var(--rule)}
.grid-table .chosen td,.grid-table .chosen th{box-shadow:inset 0 2px var(--ink),inset 0 -2px var(--ink)}
h3{font-size:13px;line-height:1.35;margin:12px 0 2px;font-weight:650}
.halves{display:grid;grid-template-columns:minmax(0,1fr);gap:12px 44px;margin-top:6px}
.halves>div{min-width:0}
${liveStyle}.chip{display:flex;flex-wrap:wrap;gap:6px 12px;align-items:center;margin:4px 0 8px}
.empty,.failed{padding:24px 0;color:var(--muted)}
.failed{border-inline-start:3px solid var(--neutral);padding:8px 14px;margin:8px 0}
.failed .action{margin-top:8px}
.keep{float:inline-end;display:flex;gap:6px;margin-inline-start:12px}
.keep+h2{min-height:24px}
.keep .action{color:var(--muted);font-size:11px;min-height:24px;padding:1px 7px}
${cohortStyle}footer{display:flex;flex-wrap:wrap;justify-content:space-between;gap:8px;margin-top:28px;padding-top:10px;
  border-top:1px solid var(--rule);color:var(--muted)}
.keys{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px}
.live{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@container (max-width:560px){.panels{gap:30px}select{max-width:150px}}
@container (min-width:820px){.panels:not(.alone){grid-template-columns:repeat(2,minmax(0,1fr))}
  .panel.data,.panel.row,.panel.compare,.panel.whatif,.panel.cohorts,.panel.performance,.panel.runs,.panel.text{grid-column:1/-1}
  .halves{grid-template-columns:repeat(2,minmax(0,1fr))}.whatif .halves{grid-template-rows:auto 1fr}
  .whatif .halves>.predicted,.whatif .halves>:last-child{grid-column:2}.moved{grid-column:1;grid-row:1/3}}
@container (min-width:1240px){.panels:not(.alone){grid-template-columns:repeat(3,minmax(0,1fr))}
  .panel.row{grid-column:auto}}
@container (min-width:1240px) and (max-width:1500px){.panel.row>.said{min-height:2.9em}}
@media (max-width:480px){main{padding:14px 14px}}
@container (max-width:560px){.input{grid-template-columns:minmax(0,1fr) 6em 28px}.input label{grid-column:1/-1}.input .level{grid-column:1/3}
  .input .old{grid-column:1/-1}.meters{grid-template-columns:minmax(0,7em) minmax(0,1fr) max-content}.meters .old{grid-column:2/-1;font-size:11px}}
@media (forced-colors:active){:host,:host([data-theme]){--ink:CanvasText;--muted:CanvasText;--paper:Canvas;--rule:CanvasText;--neutral:CanvasText;--bar:CanvasText}
  .grid{opacity:.25}
  .ramp,.swatch,.gauge,.raises,.lowers,.flat,.counts{forced-color-adjust:none}
  .grid-table .chosen td,.grid-table .chosen th{border-block:2px solid Highlight}
  [aria-pressed="true"],.strong button .name{outline:1px solid Highlight}}
@media (prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important;scroll-behavior:auto!important}}
`;
