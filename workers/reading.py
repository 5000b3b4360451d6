"""From one region's figures to the message that tells of them."""

from __future__ import annotations

from datetime import datetime

from crushwatch.messages import Band, GateFlow, Level, RegionReading
from crushwatch.regions.band import RegionBand
from crushwatch.regions.movement import Movement
from workers.measure import RegionFigures


def region_reading(
    figures: RegionFigures,
    *,
    site: str,
    camera: str,
    captured_at: datetime,
    published_at: datetime,
    sequence: int,
    model: str,
    engine: str,
    trace: str | None = None,
) -> RegionReading:
    """The reading, its level still unknown: the judge says which."""
    smoothed, instant = figures.smoothed, figures.instant
    reading = RegionReading(
        site=site,
        camera=camera,
        region=figures.region,
        captured_at=captured_at,
        published_at=published_at,
        sequence=sequence,
        count=smoothed.count,
        area_m2=instant.area_m2,
        density_per_m2=smoothed.density_per_m2,
        peak_density_per_m2=smoothed.peak_density_per_m2,
        instant_count=instant.count,
        instant_density_per_m2=instant.density_per_m2,
        newest_density_per_m2=smoothed.newest_density_per_m2,
        rate_per_m2_per_min=smoothed.rate_per_m2_per_min,
        level=Level.UNKNOWN,
        quality=figures.quality.value,
        quality_reasons=figures.quality.reasons,
        seen_share=figures.seen_share,
        truth_count=figures.truth_count,
        band=None if figures.band is None else _band(figures.band),
        model=model,
        engine=engine,
        trace=trace,
    )
    return reading if figures.movement is None else _with_movement(reading, figures.movement)


def _band(band: RegionBand) -> Band:
    mean, peak = band.density_per_m2, band.peak_density_per_m2
    return Band(
        count_low=band.count[0],
        count_high=band.count[1],
        density_low_per_m2=mean and mean[0],
        density_high_per_m2=mean and mean[1],
        peak_density_low_per_m2=peak and peak[0],
        peak_density_high_per_m2=peak and peak[1],
        own_frames=band.own_frames,
    )


def _with_movement(reading: RegionReading, movement: Movement) -> RegionReading:
    motion, wave = movement.motion, movement.wave
    gates = tuple(
        GateFlow(
            gate=key,
            width_m=gate.width_m,
            in_per_m_min=gate.in_per_m_min,
            out_per_m_min=gate.out_per_m_min,
            net_people=gate.net_people,
        )
        for key, gate in movement.gates.items()
    )
    return reading.model_copy(
        update={
            "speed_m_s": motion and motion.speed_m_s,
            "velocity_m_s": motion and motion.velocity_m_s,
            "heading_deg": motion and motion.heading_deg,
            "speed_variance_m2_s2": motion and motion.variance_m2_s2,
            "counterflow_share": movement.counterflow_share,
            "pressure_per_s2": movement.pressure_per_s2,
            "divergence_per_s": movement.divergence_per_s,
            "wave_period_s": wave and wave.period_s,
            "wave_amplitude_m_s": wave and wave.amplitude_m_s,
            "gates": gates or None,
        }
    )
