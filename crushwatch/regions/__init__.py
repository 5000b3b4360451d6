"""From a density map and the ground to what a region holds: count, mean and peak density, trend, quality."""

from crushwatch.regions.density import Measurement, RegionMeter
from crushwatch.regions.quality import Quality, Sight, judge_quality
from crushwatch.regions.trend import Smoothed, Trend

__all__ = ["Measurement", "Quality", "RegionMeter", "Sight", "Smoothed", "Trend", "judge_quality"]
